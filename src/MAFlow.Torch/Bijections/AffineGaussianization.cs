using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Maps the best-fitting Gaussian to the standard normal: y = Σ^{-1/2}(x - μ), ln |det| = -½ ln det Σ.</summary>
/// <remarks>
/// The symmetric root makes this the Brenier map between the two Gaussians, the gradient of a quadratic potential: the closed-form first step of a Monge-Ampère flow.
/// The flow then starts at the likelihood of the full-covariance Gaussian. Singular covariances (duplicated or dependent features) are shrunk towards their diagonal.
/// </remarks>
public sealed class AffineGaussianization : PreprocessingStep
{
    internal const string Kind = "affine-gaussianization";
    private const double SmallestCorrelationEigenvalue = 1e-6;
    private const double LargestCondition = 1e13;

    /// <summary>Creates the step.</summary>
    /// <param name="shrinkage">Weight of the diagonal in Σ ← (1-s)Σ + s diag Σ, from 0 to 1. Whatever is asked for, it is raised until no eigenvalue of the correlation matrix is below 1e-6.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shrinkage is outside [0, 1].</exception>
    public AffineGaussianization(double shrinkage = 0)
    {
        TensorChecks.RequireOption(shrinkage, 0, 1);
        Shrinkage = shrinkage;
    }

    private AffineGaussianization(bool estimated) => IsEstimated = estimated;

    /// <summary>The step with the weight of the diagonal estimated from the data: much for few rows and many features, almost nothing for many rows.</summary>
    /// <remarks>It is the weight under which rows that were left out are most likely.</remarks>
    public static AffineGaussianization WithEstimatedShrinkage { get; } = new(estimated: true);

    /// <summary>Weight of the diagonal that is asked for; 0 where it is estimated.</summary>
    public double Shrinkage { get; }

    /// <summary>Whether the weight of the diagonal is estimated from the data.</summary>
    public bool IsEstimated { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A feature is constant, a value is not finite, or the features' scales are too far apart.</exception>
    public override DataTransform Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        var (mean, deviation) = FeatureMoments.Of(data);
        var scaled = data.sub(mean).div_(deviation);
        var correlation = scaled.t().mm(scaled).Div(data.shape[0]);
        var smallest = linalg.eigvalsh(correlation)[0].item<double>();
        // (1-s) λ_min + s ≥ floor
        var required = smallest >= SmallestCorrelationEigenvalue ? 0 : (SmallestCorrelationEigenvalue - smallest) / (1 - smallest);
        var asked = IsEstimated ? ShrinkageEstimate.Of(scaled) : Shrinkage;
        var shrinkage = Math.Max(asked, required);
        var shrunk = correlation.Mul(1 - shrinkage).Add(eye(data.shape[1], dtype: float64).Mul(shrinkage));
        var (eigenvalues, vectors) = linalg.eigh(shrunk.mul(deviation).mul(deviation.unsqueeze(1)));
        var condition = (eigenvalues[-1] / eigenvalues[0]).item<double>();
        if (!(condition is > 0 and < LargestCondition))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Expected features of comparable scale, got deviations from {deviation.min().item<double>():G3} to {deviation.max().item<double>():G3}, whose covariance has no accurate root in double precision; put a Standardization before the AffineGaussianization."));
        }

        return Transform.Create(
            mean.DetachFromDisposeScope(), eigenvalues.DetachFromDisposeScope(), vectors.DetachFromDisposeScope(), required > asked ? required : null);
    }

    internal static DataTransform Restore(StoredComponent stored)
    {
        var (mean, eigenvalues, vectors) = (stored.Tensor("mean"), stored.Tensor("eigenvalues"), stored.Tensor("eigenvectors"));
        FeatureMoments.RequireValid(mean, eigenvalues, Kind);
        using var scope = NewDisposeScope();
        var width = mean.shape[0];
        if (vectors.dtype != ScalarType.Float64 || !vectors.shape.SequenceEqual([width, width])
            || !vectors.mm(vectors.t()).sub(eye(width, dtype: float64)).abs().max().Le(1e-6).item<bool>())
        {
            throw new FormatException($"Expected orthonormal float64 eigenvectors of shape [{width}, {width}] in the stored {Kind}; the file is damaged.");
        }

        return Transform.Create(
            mean.clone().DetachFromDisposeScope(), eigenvalues.clone().DetachFromDisposeScope(), vectors.clone().DetachFromDisposeScope(), null);
    }

    private sealed class Transform : DataTransform
    {
        private readonly Tensor _mean;
        private readonly Tensor _eigenvalues;
        private readonly Tensor _vectors;
        private readonly Tensor _root;
        private readonly Tensor _inverseRoot;
        private readonly double? _regularization;

        private Transform(Tensor mean, Tensor eigenvalues, Tensor vectors, double? regularization)
            : base(AffineGaussianization.Kind)
        {
            (_mean, _eigenvalues, _vectors, _regularization) = (mean, eigenvalues, vectors, regularization);
            using var scope = NewDisposeScope();
            _root = vectors.mul(eigenvalues.sqrt()).mm(vectors.t()).DetachFromDisposeScope();
            _inverseRoot = vectors.mul(eigenvalues.rsqrt()).mm(vectors.t()).DetachFromDisposeScope();
        }

        public override string? Remark => _regularization is { } shrinkage
            ? FormattableString.Invariant($"The covariance is singular (duplicated or dependent features); it was shrunk by {shrinkage:G3} towards its diagonal.")
            : null;

        public static Transform Create(Tensor mean, Tensor eigenvalues, Tensor vectors, double? regularization) => new(mean, eigenvalues, vectors, regularization);

        public override TransformedPoints Forward(Tensor x, Generator? noise = null)
        {
            using var scope = NewDisposeScope();
            TensorChecks.RequirePoints(x, _mean.shape[0]);
            var logDeterminant = _eigenvalues.log().sum().Mul(-0.5).expand(x.shape[0]).clone();
            return new TransformedPoints(x.sub(_mean).mm(_inverseRoot), logDeterminant).MoveToOuterDisposeScope();
        }

        public override Tensor Inverse(Tensor y)
        {
            using var scope = NewDisposeScope();
            return y.mm(_root).Add(_mean).MoveToOuterDisposeScope();
        }

        internal override long? Dimension => _mean.shape[0];

        internal override Tensor InputScale()
        {
            using var scope = NewDisposeScope();
            return _root.Square().sum([1L]).sqrt().MoveToOuterDisposeScope();
        }

        internal override Tensor PullBack(Tensor directions) => directions.mm(_root);

        internal override StoredComponent Store() => new(
            Kind,
            new JsonObject(),
            new Dictionary<string, Tensor> { ["mean"] = _mean, ["eigenvalues"] = _eigenvalues, ["eigenvectors"] = _vectors });

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            foreach (var held in (Tensor[])[_mean, _eigenvalues, _vectors, _root, _inverseRoot])
            {
                held.Dispose();
            }
        }
    }
}
