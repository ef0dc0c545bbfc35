using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// A fitted <see cref="AffineGaussianization"/> of more features than rows: y = C^{-1/2}(x - μ)/σ, C = Vᵀ diag(v) V + ρ(I - VᵀV).
/// </summary>
/// <remarks>
/// C is the correlation matrix: r variances v along orthonormal rows V, ρ across them. Nothing of N × N numbers is formed.
/// </remarks>
internal sealed class LowRankAffineBijection : Bijection
{
    internal const string StoredKind = "low-rank-affine";
    private const double SlackOfOrthonormality = 1e-6;
    private readonly FixedNumbers _mean;
    private readonly FixedNumbers _deviation;
    private readonly FixedNumbers _variances;
    private readonly FixedNumbers _rest;
    private readonly FixedNumbers _vectors;

    /// <param name="mean">μ, shape [N], float64.</param>
    /// <param name="deviation">σ, shape [N], float64, positive.</param>
    /// <param name="variances">v, shape [r], float64, positive.</param>
    /// <param name="rest">ρ, shape [1], float64, positive.</param>
    /// <param name="vectors">V, shape [r, N], float64, orthonormal rows.</param>
    /// <param name="remark">What was unusual in fitting.</param>
    public LowRankAffineBijection(Tensor mean, Tensor deviation, Tensor variances, Tensor rest, Tensor vectors, string? remark)
        : base(StoredKind, mean.shape[0])
    {
        (_mean, _deviation, _variances) = (Hold(mean), Hold(deviation), Hold(variances));
        (_rest, _vectors, Remark) = (Hold(rest), Hold(vectors), remark);
    }

    public override string? Remark { get; }

    public static LowRankAffineBijection Restore(StoredComponent stored)
    {
        var (mean, deviation) = (stored.Tensor("mean"), stored.Tensor("deviation"));
        var (variances, rest, vectors) = (stored.Tensor("variances"), stored.Tensor("rest"), stored.Tensor("vectors"));
        FeatureMoments.RequireValid(mean, deviation, stored.Kind);
        FeatureMoments.RequireValid(variances, variances, stored.Kind);
        FeatureMoments.RequireValid(rest, rest, stored.Kind);
        using var scope = NewDisposeScope();
        var (width, rank) = (mean.shape[0], variances.shape[0]);
        return rest.shape[0] == 1 && rank <= width && vectors.dtype == ScalarType.Float64 && vectors.shape.SequenceEqual([rank, width])
            && vectors.mm(vectors.t()).sub(eye(rank, dtype: float64)).abs().max().Le(SlackOfOrthonormality).item<bool>()
            ? new(mean, deviation, variances, rest, vectors, null)
            : throw new FormatException(
                $"Expected one remaining variance and orthonormal float64 vectors of shape [{rank}, {width}] in the stored {stored.Kind}; "
                + "the file is damaged.");
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var unit = Wide(x).sub(_mean.At(x)).div(_deviation.At(x));
        return new Mapped(Stretched(unit, -0.5), PerRow(LogVolume().neg(), x)).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var x = Stretched(Wide(y), 0.5).mul(_deviation.At(y)).Add(_mean.At(y));
        return new Mapped(x, PerRow(LogVolume(), y)).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind)
        .WithTensor("mean", _mean.Value).WithTensor("deviation", _deviation.Value)
        .WithTensor("variances", _variances.Value).WithTensor("rest", _rest.Value).WithTensor("vectors", _vectors.Value);

    internal override Tensor InputScale()
    {
        using var scope = NewDisposeScope();
        var along = _vectors.Value.Square().mul(_variances.Value.sub(_rest.Value).unsqueeze(1)).sum([0L]);
        return along.Add(_rest.Value).sqrt().mul(_deviation.Value).MoveToOuterDisposeScope();
    }

    internal override Tensor PullBack(Tensor directions)
    {
        using var scope = NewDisposeScope();
        return Stretched(directions.mul(_deviation.Value), 0.5).MoveToOuterDisposeScope();
    }

    /// <summary>Rows times C^power: ρ^p z + Vᵀ (v^p - ρ^p) V z.</summary>
    private Tensor Stretched(Tensor rows, double power)
    {
        var (vectors, rest) = (_vectors.At(rows), _rest.At(rows).Pow(power));
        var excess = _variances.At(rows).Pow(power).sub(rest);
        return rows.mul(rest).Add(rows.mm(vectors.t()).mul(excess).mm(vectors));
    }

    /// <summary>ln |det ∂x/∂y|.</summary>
    private Tensor LogVolume()
    {
        var across = _rest.Value.log().Mul(Dimension!.Value - _variances.Value.shape[0]).squeeze();
        return _variances.Value.log().sum().Add(across).Mul(0.5).Add(_deviation.Value.log().sum());
    }
}
