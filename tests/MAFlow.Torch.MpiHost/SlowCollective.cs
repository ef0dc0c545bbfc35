using static TorchSharp.torch;

namespace MAFlow.Torch.MpiHost;

/// <summary>Pauses before every sum, so that a short training lasts long enough to be killed.</summary>
internal sealed class SlowCollective(ICollective inner, TimeSpan pause) : ICollective
{
    public int Rank => inner.Rank;

    public int Size => inner.Size;

    public void Sum(Tensor values)
    {
        Thread.Sleep(pause);
        inner.Sum(values);
    }

    public double Sum(double value)
    {
        Thread.Sleep(pause);
        return inner.Sum(value);
    }

    public bool Any(bool value)
    {
        Thread.Sleep(pause);
        return inner.Any(value);
    }
}
