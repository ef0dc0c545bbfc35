using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Gaussians;

/// <summary>A quadratic potential, φ(x) = ½ xᵀAx + g·x, that carries the standard normal to a given Gaussian in closed form.</summary>
/// <remarks>
/// In the basis of the eigenvectors of A, with eigenvalues θ: y(s) = e^{θs} y + g (e^{θs} - 1)/θ, and ∫∇²φ dt = s Σθ.
/// It is for the beginning of a piecewise potential whose other parts see the data in its own coordinates: a map of
/// the whole covariance that costs two products. Training does not change it. Zhang, E, Wang (2018), appendix A.
/// </remarks>
public sealed class GaussianPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "gaussian";

    private const string Matrix = "matrix", Pull = "pull";

    // Directions in which the data is constant would be stretched without end.
    private const double SmallestVariance = 1e-6;
    private readonly Lazy<GaussianSpectrum> _spectrum;

    private GaussianPotential(Tensor matrix, Tensor pull)
        : base(Kind, matrix.shape[0])
    {
        register_buffer(Matrix, OwnedTensor(matrix));
        register_buffer(Pull, OwnedTensor(pull));
        _spectrum = new(() => GaussianSpectrum.Of(get_buffer(Matrix)!, get_buffer(Pull)!));
    }

    /// <summary>The tensors that it computes with; they are not trained.</summary>
    protected internal override IReadOnlyList<Tensor> DependsOn => [get_buffer(Matrix)!, get_buffer(Pull)!];

    /// <summary>A potential that carries the standard normal to the Gaussian of the mean and the covariance of data.</summary>
    /// <param name="data">Rows [B, N] in the coordinates of the flow, at least 2, finite. Directions in which they hardly vary count as a
    /// millionth of the widest one.</param>
    /// <param name="duration">Flow time that it takes, positive: T/K for one of K parts of a flow of horizon T.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentException">There are too few rows, or a value is not finite, or all rows are the same.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The duration is not positive.</exception>
    public static GaussianPotential Fit(Tensor data, double duration, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(data);
        TensorChecks.RequireAtLeast(duration, double.Epsilon);
        if (data.dim() != 2 || data.shape[0] < 2)
        {
            throw new ArgumentException($"Expected at least 2 rows [B, N], got {TensorChecks.Format(data.shape)}.", nameof(data));
        }

        TensorChecks.RequireFinite(data, "the data");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var rows = data.to(ScalarType.Float64);
        var mean = rows.mean([0L]);
        var centred = rows.sub(mean);
        var (variances, vectors) = linalg.eigh(centred.t().mm(centred).Div(rows.shape[0]));
        var widest = variances[-1].item<double>();
        if (!(widest > 0))
        {
            throw new ArgumentException(
                "Expected rows that differ, got the same row every time; a Gaussian has no width there.", nameof(data));
        }

        var rates = variances.ClampMin(SmallestVariance * widest).log().Mul(0.5 / duration);
        var pull = mean.unsqueeze(0).mm(vectors).div(GaussianSpectrum.Growth(rates, duration)).mm(vectors.t())[0];
        var matrix = vectors.mul(rates).mm(vectors.t());
        return new(matrix.Add(matrix.t()).Mul(0.5).to(dtype), pull.to(dtype));
    }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return x.mm(get_buffer(Matrix)!).mul(x).sum([1L]).Mul(0.5).Add(x.mv(get_buffer(Pull)!)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var gradient = x.mm(get_buffer(Matrix)!).Add(get_buffer(Pull)!);
        var laplacian = get_buffer(Matrix)!.trace().expand(x.shape[0]).clone();
        return new(gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var (x, laplacian, energy) = _spectrum.Value.Carry(start.X, piece.End - piece.Start);
        return start.After(x, laplacian, solve.WithKineticEnergy ? energy : null, piece).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (PathState State, Tensor Score)? TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        using var recording = set_grad_enabled(is_grad_enabled() && solve.RecordsPath);
        var moved = _spectrum.Value.CarryScore(score, piece.End - piece.Start).detach();
        return (Transport(start, piece, solve).MoveToOuterDisposeScope(), moved.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override bool RecordsPath(Integrator integrator) => true;

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).WithTensor(Matrix, get_buffer(Matrix)!).WithTensor(Pull, get_buffer(Pull)!);

    internal static GaussianPotential Restore(StoredComponent stored)
    {
        var (matrix, pull) = (stored.Tensor(Matrix), stored.Tensor(Pull));
        return matrix.dim() == 2 && matrix.numel() > 0 && matrix.shape[0] == matrix.shape[1]
            && pull.dim() == 1 && pull.shape[0] == matrix.shape[0] && matrix.is_floating_point() && matrix.dtype == pull.dtype
            && matrix.Equals(matrix.t())
            ? new(matrix, pull)
            : throw new FormatException(
                $"Expected a symmetric matrix [N, N] and a vector [N] in the stored {Kind}, got {TensorChecks.Format(matrix.shape)} and "
                + $"{TensorChecks.Format(pull.shape)}; the file is damaged.");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _spectrum.IsValueCreated)
        {
            _spectrum.Value.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Tensor OwnedTensor(Tensor source) => source.detach().contiguous().clone().DetachFromDisposeScope();
}
