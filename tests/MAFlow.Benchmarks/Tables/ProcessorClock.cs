using System.Diagnostics;

namespace MAFlow.Benchmarks.Tables;

/// <summary>Tells the seconds that this process has computed, which other programs do not change.</summary>
internal sealed class ProcessorClock : TimeProvider
{
    public static ProcessorClock Instance { get; } = new();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Seconds since the process began.</summary>
    public static double Seconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    public override long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;

    public override DateTimeOffset GetUtcNow() => new(Process.GetCurrentProcess().StartTime.ToUniversalTime() + Environment.CpuUsage.TotalTime);
}
