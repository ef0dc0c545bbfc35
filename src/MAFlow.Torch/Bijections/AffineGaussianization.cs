using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Maps the best-fitting Gaussian to the standard normal: y = Σ^{-1/2}(x - μ), ln |det| = -½ ln det Σ.</summary>
/// <remarks>
/// The symmetric root makes this the Brenier map between the two Gaussians, the gradient of a quadratic potential:
/// the closed-form first step of a Monge-Ampère flow. The flow then starts at the likelihood of the full-covariance Gaussian. Singular
/// covariances (duplicated or dependent features) are shrunk towards their diagonal.
/// With fewer rows than features the deviations σ come first: y = C^{-1/2}(x - μ)/σ, C the shrunk correlations, which are a multiple of the
/// identity but for the directions of the rows.
/// </remarks>
public sealed class AffineGaussianization : BijectionFit
{
    internal const string Kind = "affine-gaussianization";
    private const double SmallestCorrelationEigenvalue = 1e-6;
    private const double LargestCondition = 1e13;

    // Products are faster than decompositions.
    private const double ProductShare = 0.3;
    private const double OperationsPerNumber = 24 * ProductShare;
    private const long SmallestRank = 64;
    private const long LargestRank = 512;

    /// <summary>Creates the step.</summary>
    /// <param name="shrinkage">
    /// Weight s of the diagonal in Σ ← (1-s)Σ + s diag Σ, from 0 to 1; null for a weight chosen by cross-validation. That is much for few
    /// rows and many features, and almost nothing for many rows. Any weight is raised until no eigenvalue of the correlation matrix is
    /// below 1e-6.
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
        return Fit(data, sample, default);
    }

    internal override Bijection Fit(Tensor data, RowSample sample, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        var (mean, deviation) = FeatureMoments.Of(data);
        var scaled = data.sub(mean).div_(deviation);
        limits.Check();
        var (rows, width) = (scaled.shape[0], scaled.shape[1]);
        if (Operations(rows, width) > limits.Operations)
        {
            return Largest(mean, deviation, scaled, sample, limits);
        }

        return rows < width ? Thin(mean, deviation, scaled, sample, limits) : Full(mean, deviation, scaled, sample, limits);
    }

    /// <summary>Operations that an exact fit takes, roughly.</summary>
    private double Operations(double rows, double width)
    {
        var side = Math.Min(rows, width);
        var decompositions = (rows < width ? 1 : 2) + (Shrinkage is null ? ShrinkageEstimate.Folds : 0);
        return (ProductShare * 2 * rows * width * side) + (decompositions * FitLimits.OfDecomposition(side));
    }

    private AffineBijection Full(Tensor mean, Tensor deviation, Tensor scaled, RowSample sample, FitLimits limits)
    {
        var correlation = scaled.t().mm(scaled).Div(scaled.shape[0]);
        limits.Check();
        var smallest = limits.Decompose(correlation).Values[0].item<double>();
        // (1-s) λ_min + s ≥ floor
        var required = Required(smallest);
        var asked = Shrinkage ?? ShrinkageEstimate.Of(sample.Of(scaled, ShrinkageEstimate.MaxRows), limits);
        var shrinkage = Math.Max(asked, required);
        var shrunk = correlation.Mul(1 - shrinkage).Add(eye(scaled.shape[1], dtype: float64).Mul(shrinkage));
        var (eigenvalues, vectors) = limits.Decompose(shrunk.mul(deviation).mul(deviation.unsqueeze(1)));
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

    /// <summary>Fewer rows than features: their Gram matrix has all there is to know.</summary>
    private LowRankAffineBijection Thin(Tensor mean, Tensor deviation, Tensor scaled, RowSample sample, FitLimits limits)
    {
        var gram = scaled.mm(scaled.t());
        limits.Check();
        // Rows, and then columns, of the sample.
        Tensor Sampled(Tensor matrix) => sample.Of(matrix, ShrinkageEstimate.MaxRows);
        var asked = Shrinkage ?? ShrinkageEstimate.OfGram(Sampled(Sampled(gram).t()), scaled.shape[1], limits);
        return Shrunk(mean, deviation, LowRankCorrelation.Of(scaled, gram, limits), asked, null);
    }

    /// <summary>As many of the largest eigenvalues as time allows.</summary>
    private LowRankAffineBijection Largest(Tensor mean, Tensor deviation, Tensor scaled, RowSample sample, FitLimits limits)
    {
        var (rows, width) = (scaled.shape[0], scaled.shape[1]);
        var affordable = Math.Clamp((long)(limits.Operations / (OperationsPerNumber * rows * width)), SmallestRank, LargestRank);
        var correlation = LowRankCorrelation.Largest(scaled, Math.Min(affordable, Math.Min(rows, width)), limits);
        var asked = Shrinkage ?? ShrinkageEstimate.Of(sample.Of(scaled, ShrinkageEstimate.AffordableRows(limits)), limits);
        var remark = $"The time limit is too short for all correlations of {width} features: the {correlation.Eigenvalues.shape[0]} "
            + "largest directions of correlation are taken, the others as equally wide. Raise the limit, or put a projection before "
            + "this step.";
        return Shrunk(mean, deviation, correlation, asked, remark);
    }

    private static LowRankAffineBijection Shrunk(
        Tensor mean, Tensor deviation, LowRankCorrelation correlation, double asked, string? remark)
    {
        var isWhole = correlation.Eigenvalues.shape[0] == mean.shape[0];
        var smallest = correlation.Eigenvalues[0].item<double>();
        var required = Required(isWhole ? smallest : Math.Min(smallest, correlation.Rest));
        var shrinkage = Math.Max(asked, required);
        var singular = "The covariance is singular (duplicated or dependent features, or fewer rows than features); "
            + FormattableString.Invariant($"it was shrunk by {required:G3} towards its diagonal.");
        return new LowRankAffineBijection(
            mean, deviation, correlation.Eigenvalues.Mul(1 - shrinkage).Add(shrinkage),
            TensorFactories.Full(1, ((1 - shrinkage) * correlation.Rest) + shrinkage, float64), correlation.Vectors,
            remark ?? (required > asked ? singular : null));
    }

    private static double Required(double smallest) =>
        smallest >= SmallestCorrelationEigenvalue ? 0 : (SmallestCorrelationEigenvalue - smallest) / (1 - smallest);
}
