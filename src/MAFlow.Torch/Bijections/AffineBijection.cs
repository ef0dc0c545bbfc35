using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="AffineGaussianization"/>: y = Σ^{-1/2}(x - μ) by the eigenvectors of Σ.</summary>
internal sealed class AffineBijection : Bijection
{
    private readonly FixedNumbers _mean;
    private readonly FixedNumbers _eigenvalues;
    private readonly FixedNumbers _vectors;
    private readonly FixedNumbers _root;
    private readonly FixedNumbers _inverseRoot;
    private readonly double? _regularization;

    /// <param name="mean">μ, shape [N], float64.</param>
    /// <param name="eigenvalues">Of Σ, shape [N], float64, positive.</param>
    /// <param name="vectors">Of Σ, as columns, shape [N, N], float64.</param>
    /// <param name="regularization">Weight of the diagonal where the covariance was singular.</param>
    public AffineBijection(Tensor mean, Tensor eigenvalues, Tensor vectors, double? regularization)
        : base(AffineGaussianization.Kind, mean.shape[0])
    {
        (_mean, _eigenvalues, _vectors, _regularization) = (Hold(mean), Hold(eigenvalues), Hold(vectors), regularization);
        using var scope = NewDisposeScope();
        _root = Hold(_vectors.Value.mul(_eigenvalues.Value.sqrt()).mm(_vectors.Value.t()));
        _inverseRoot = Hold(_vectors.Value.mul(_eigenvalues.Value.rsqrt()).mm(_vectors.Value.t()));
    }

    public override string? Remark => _regularization is { } shrinkage
        ? "The covariance is singular (duplicated or dependent features); "
            + FormattableString.Invariant($"it was shrunk by {shrinkage:G3} towards its diagonal.")
        : null;

    public static AffineBijection Restore(StoredComponent stored)
    {
        var (mean, eigenvalues, vectors) = (stored.Tensor("mean"), stored.Tensor("eigenvalues"), stored.Tensor("eigenvectors"));
        FeatureMoments.RequireValid(mean, eigenvalues, stored.Kind);
        using var scope = NewDisposeScope();
        var width = mean.shape[0];
        return vectors.dtype == ScalarType.Float64 && vectors.shape.SequenceEqual([width, width])
            && vectors.mm(vectors.t()).sub(eye(width, dtype: float64)).abs().max().Le(1e-6).item<bool>()
            ? new(mean, eigenvalues, vectors, null)
            : throw new FormatException(
                $"Expected orthonormal float64 eigenvectors of shape [{width}, {width}] in the stored {stored.Kind}; the file is damaged.");
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var centred = Wide(x).sub(_mean.At(x));
        return new Mapped(centred.mm(_inverseRoot.At(x)), PerRow(_eigenvalues.Value.log().sum().Mul(-0.5), x)).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var stretched = Wide(y).mm(_root.At(y));
        return new Mapped(stretched.Add(_mean.At(y)), PerRow(_eigenvalues.Value.log().sum().Mul(0.5), y)).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind)
        .WithTensor("mean", _mean.Value).WithTensor("eigenvalues", _eigenvalues.Value).WithTensor("eigenvectors", _vectors.Value);

    internal override Tensor InputScale()
    {
        using var scope = NewDisposeScope();
        return _root.Value.Square().sum([1L]).sqrt().MoveToOuterDisposeScope();
    }

    internal override Tensor PullBack(Tensor directions) => directions.mm(_root.Value);
}
