using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>Directions with independent normal entries in units of each feature's deviation; for data without structure between features.</summary>
public sealed class RandomDirections : DirectionInitializer
{
    /// <inheritdoc/>
    public override Tensor Draw(long count, Tensor scale, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(scale);
        using var scope = NewDisposeScope();
        return randn([count, scale.shape[0]], dtype: float64, generator: generator).div(scale).MoveToOuterDisposeScope();
    }
}
