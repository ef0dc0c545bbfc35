using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="MarginalGaussianization"/>.</summary>
internal sealed class MixtureBijection : Bijection
{
    private readonly MixtureRows _rows;
    private readonly FixedNumbers _weight;
    private readonly FixedNumbers _mean;
    private readonly FixedNumbers _deviation;
    private readonly FixedNumbers _median;

    /// <param name="weight">π, shape [N, K], float64; rows sum to 1, and 0 stands where a feature has fewer components.</param>
    /// <param name="mean">μ, shape [N, K], float64.</param>
    /// <param name="deviation">σ, shape [N, K], float64, positive.</param>
    public MixtureBijection(Tensor weight, Tensor mean, Tensor deviation)
        : base(MarginalGaussianization.Kind, mean.shape[0])
    {
        using var scope = NewDisposeScope();
        (_weight, _mean, _deviation) = (Hold(weight), Hold(mean), Hold(deviation));
        _rows = new MixtureRows(weight, mean, deviation);
        _median = Hold(tensor(_rows.Medians));
    }

    public static MixtureBijection Restore(StoredComponent stored)
    {
        using var scope = NewDisposeScope();
        var (weight, mean, deviation) = (stored.Tensor("weight"), stored.Tensor("mean"), stored.Tensor("deviation"));
        return mean.dim() == 2 && mean.shape[0] > 0 && mean.shape[1] > 0
            && new[] { weight, mean, deviation }.All(tensor => tensor.dtype == float64 && tensor.shape.SequenceEqual(mean.shape))
            && mean.isfinite().all().item<bool>() && deviation.isfinite().logical_and(deviation.Gt(0)).all().item<bool>()
            && weight.Ge(0).all().item<bool>() && weight.sum([1L]).Sub(1).abs().max().Le(1e-6).item<bool>()
            ? new(weight, mean, deviation)
            : throw new FormatException(
                "Expected weights [N, K] that sum to 1, finite means and positive deviations, all float64, in the stored "
                + $"{stored.Kind}; the file is damaged.");
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(x);
        if (!IsDifferentiated(wide))
        {
            return _rows.Forward(wide).MoveToOuterDisposeScope();
        }

        var y = Normal(wide);
        var (weight, _, deviation) = At(wide);
        var unit = Units(wide);
        var density = weight.log().sub(deviation.log()).sub(unit.Square().Mul(0.5)).logsumexp(-1);
        // ln F'(x) - ln φ(y), in which ln √(2π) cancels.
        return new Mapped(y, density.Add(y.Square().Mul(0.5)).sum([1L])).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(y);
        if (!IsDifferentiated(wide))
        {
            return _rows.Inverse(wide).MoveToOuterDisposeScope();
        }

        // A last step of Newton's method, whose slope is that of the inverse.
        var point = _rows.Inverse(wide).Points;
        var (weight, _, deviation) = At(point);
        var value = Normal(point);
        var logSlope = weight.log().sub(deviation.log()).sub(Units(point).Square().Mul(0.5)).logsumexp(-1).Add(value.Square().Mul(0.5));
        var x = point.sub(value.sub(wide).mul(logSlope.neg().exp()));
        using var mapped = MapForward(x, null);
        return new Mapped(x, mapped.LogDeterminant.neg()).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind)
        .WithTensor("weight", _weight.Value).WithTensor("mean", _mean.Value).WithTensor("deviation", _deviation.Value);

    private static bool IsDifferentiated(Tensor points) => points.requires_grad && is_grad_enabled();

    private (Tensor Weight, Tensor Mean, Tensor Deviation) At(Tensor x) => (_weight.At(x), _mean.At(x), _deviation.At(x));

    /// <summary>(x - μ)/σ of each component, shape [B, N, K].</summary>
    private Tensor Units(Tensor x)
    {
        var (_, mean, deviation) = At(x);
        return x.unsqueeze(-1).sub(mean).div(deviation);
    }

    /// <summary>ln F(x) where the side is 1, ln (1 - F(x)) where it is -1.</summary>
    private Tensor LogCumulative(Tensor x, Tensor side) =>
        _weight.At(x).log().Add(NormalTail.Log(Units(x).mul(side.unsqueeze(-1)))).logsumexp(-1);

    /// <summary>Φ⁻¹(F(x)), from the nearer tail.</summary>
    private Tensor Normal(Tensor x)
    {
        var side = where(x.le(_median.At(x)), x.FullLike(1), x.FullLike(-1));
        return NormalTail.Quantile(LogCumulative(x, side).Clamp(double.MinValue, Math.Log(0.5))).mul(side);
    }
}
