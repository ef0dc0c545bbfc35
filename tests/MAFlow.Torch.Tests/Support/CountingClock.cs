namespace MAFlow.Torch.Tests;

/// <summary>A clock that goes on by a millisecond whenever it is read, and faster after a while: time that no load of the machine changes.</summary>
internal sealed class CountingClock(long fasterAfter = long.MaxValue, long faster = 10) : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => _now += _now < fasterAfter ? 1 : faster;
}
