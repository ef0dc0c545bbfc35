using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Maps the best-fitting Gaussian to the standard normal: y = Σ^{-1/2}(x - μ), ln |det| = -½ ln det Σ.</summary>
/// <remarks>
/// The symmetric root makes this the Brenier map between the two Gaussians, the gradient of a quadratic potential:
/// the closed-form first step of a Monge-Ampère flow. The flow then starts at the likelihood of the full-covariance Gaussian. Singular
/// covariances (duplicated or dependent features) are shrunk towards their diagonal.
/// </remarks>
public sealed class AffineGaussianization : BijectionFit
{
    internal const string Kind = "affine-gaussianization";
    private const double SmallestCorrelationEigenvalue = 1e-6;
    private const double LargestCondition = 1e13;

    /// <summary>Creates the step.</summary>
    /// <param name="shrinkage">
    /// Weight s of the diagonal in Σ ← (1-s)Σ + s diag Σ, from 0 to 1; null for the weight under which rows that were left out are most
    /// likely: much for few rows and many features, almost nothing for many rows. Whatever is asked for, it is raised until no eigenvalue
    /// of the correlation matrix is below 1e-6.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The shrinkage is outside [0, 1].</exception>
    public AffineGaussianization(double? shrinkage = 0)
    {
        TensorChecks.RequireOption(shrinkage ?? 0, 0, 1, nameof(shrinkage));
        Shrinkage = shrinkage;
    }

    private double? Shrinkage { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A feature is constant, a value is not finite, or the features' scales are too far
    /// apart.</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        using var sample = RowSample.Draw(data.shape[0]);
        return Fit(data, sample);
    }

    internal override Bijection Fit(Tensor data, RowSample sample)
    {
        using var scope = NewDisposeScope();
        var (mean, deviation) = FeatureMoments.Of(data);
        var scaled = data.sub(mean).div_(deviation);
        var correlation = scaled.t().mm(scaled).Div(data.shape[0]);
        var smallest = linalg.eigvalsh(correlation)[0].item<double>();
        // (1-s) λ_min + s ≥ floor
        var required = smallest >= SmallestCorrelationEigenvalue ? 0 : (SmallestCorrelationEigenvalue - smallest) / (1 - smallest);
        var asked = Shrinkage ?? ShrinkageEstimate.Of(sample.Of(scaled, ShrinkageEstimate.MaxRows));
        var shrinkage = Math.Max(asked, required);
        var shrunk = correlation.Mul(1 - shrinkage).Add(eye(data.shape[1], dtype: float64).Mul(shrinkage));
        var (eigenvalues, vectors) = linalg.eigh(shrunk.mul(deviation).mul(deviation.unsqueeze(1)));
        var condition = (eigenvalues[-1] / eigenvalues[0]).item<double>();
        if (!(condition is > 0 and < LargestCondition))
        {
            throw new ArgumentException(
                "Expected features of comparable scale, got deviations from "
                + FormattableString.Invariant($"{deviation.min().item<double>():G3} to {deviation.max().item<double>():G3}, ")
                + "whose covariance has no accurate root in double precision; "
                + "put a Standardization before the AffineGaussianization.");
        }

        return new AffineBijection(mean, eigenvalues, vectors, required > asked ? required : null);
    }
}
