using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Shifts and scales each feature: y = (x - μ)/σ, ln |det ∂y/∂x| = -Σ ln σ.</summary>
public sealed class Standardization : BijectionFit
{
    internal const string Kind = "standardization";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A feature is constant, or a value is not finite.</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        var (mean, deviation) = FeatureMoments.Of(data);
        return new StandardizationBijection(mean, deviation);
    }
}
