using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Directions with independent normal entries in units of each feature's deviation, as a user would write them.</summary>
internal sealed class RandomDirections : DirectionInitializer
{
    protected internal override Tensor DrawDirections(long count, Tensor scale, Generator generator)
    {
        using var scope = NewDisposeScope();
        return randn([count, scale.shape[0]], dtype: float64, generator: generator).div(scale).MoveToOuterDisposeScope();
    }
}
