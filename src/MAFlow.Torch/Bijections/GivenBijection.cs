using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>What was fitted before, in place of a fit.</summary>
/// <param name="bijection">The bijection, which stays its owner's.</param>
internal sealed class GivenBijection(Bijection bijection) : BijectionFit
{
    /// <summary>A copy by way of what a file keeps.</summary>
    /// <exception cref="ArgumentException">The data has another number of features.</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        if (bijection.Dimension is { } width && width != data.shape[1])
        {
            throw new ArgumentException(
                $"Expected data of {width} features, as the given {bijection.GetType().Name} has, got {data.shape[1]}.", nameof(data));
        }

        using var scope = NewDisposeScope();
        return Kinds.Read<Bijection>(bijection.Store().WithAllTensors(tensor => tensor.detach().clone()));
    }
}
