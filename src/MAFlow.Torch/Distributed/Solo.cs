using static TorchSharp.torch;

namespace MAFlow.Torch.Distributed;

/// <summary>One process alone.</summary>
public sealed class Solo : ICollective
{
    private Solo()
    {
    }

    /// <summary>The only one.</summary>
    public static Solo Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void Sum(Tensor values)
    {
    }

    /// <inheritdoc/>
    public double Sum(double value) => value;

    /// <inheritdoc/>
    public bool Any(bool value) => value;
}
