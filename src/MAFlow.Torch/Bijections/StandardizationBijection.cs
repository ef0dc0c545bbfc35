using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="Standardization"/>.</summary>
internal sealed class StandardizationBijection : Bijection
{
    private readonly FixedNumbers _mean;
    private readonly FixedNumbers _deviation;

    /// <param name="mean">μ, shape [N], float64.</param>
    /// <param name="deviation">σ, shape [N], float64, positive.</param>
    public StandardizationBijection(Tensor mean, Tensor deviation)
        : base(Standardization.Kind, mean.shape[0]) => (_mean, _deviation) = (Hold(mean), Hold(deviation));

    public static StandardizationBijection Restore(StoredComponent stored)
    {
        var (mean, deviation) = (stored.Tensor("mean"), stored.Tensor("deviation"));
        FeatureMoments.RequireValid(mean, deviation, stored.Kind);
        return new(mean, deviation);
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(x);
        var (mean, deviation) = (_mean.At(x), _deviation.At(x));
        return new Mapped(wide.sub(mean).div(deviation), PerRow(deviation.log().sum().neg(), x)).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(y);
        var (mean, deviation) = (_mean.At(y), _deviation.At(y));
        return new Mapped(wide.mul(deviation).Add(mean), PerRow(deviation.log().sum(), y)).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).WithTensor("mean", _mean.Value).WithTensor("deviation", _deviation.Value);

    internal override Tensor InputScale() => _deviation.Value.alias();

    internal override Tensor PullBack(Tensor directions) => directions.mul(_deviation.Value);
}
