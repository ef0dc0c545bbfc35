using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="TailCompression"/>.</summary>
internal sealed class TailBijection : Bijection
{
    private const double Far = 1_000;
    private readonly FixedNumbers _center;
    private readonly FixedNumbers _scale;
    private readonly FixedNumbers _right;
    private readonly FixedNumbers _left;

    /// <param name="center">m, shape [N], float64.</param>
    /// <param name="scale">s, shape [N], float64, positive.</param>
    /// <param name="right">λ for u ≥ 0, shape [N], float64, positive.</param>
    /// <param name="left">λ for u &lt; 0, shape [N], float64, positive.</param>
    public TailBijection(Tensor center, Tensor scale, Tensor right, Tensor left)
        : base(TailCompression.Kind, center.shape[0]) =>
        (_center, _scale, _right, _left) = (Hold(center), Hold(scale), Hold(right), Hold(left));

    public static TailBijection Restore(StoredComponent stored)
    {
        var (center, scale, right, left) = (stored.Tensor("center"), stored.Tensor("scale"), stored.Tensor("right"), stored.Tensor("left"));
        foreach (var positive in (Tensor[])[scale, right, left])
        {
            FeatureMoments.RequireValid(center, positive, stored.Kind);
        }

        return new(center, scale, right, left);
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var unit = Wide(x).sub(_center.At(x)).div(_scale.At(x));
        var (right, left) = (_right.At(x), _left.At(x));
        var (beyond, above, below) = Logarithms(unit);
        var inner = where(unit.Ge(0), above.mul(right).expm1().div(right), below.mul(left).expm1().div(left).neg());
        var y = inner.Add(beyond.mul(where(unit.Ge(0), FarSlope(right), FarSlope(left).neg())));
        return new Mapped(y, LogSlope(beyond, above, below)).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(y);
        var (right, left) = (_right.At(y), _left.At(y));
        var unit = InverseSide(wide.ClampMin(0), right).sub(InverseSide(wide.neg().ClampMin(0), left));
        var (beyond, above, below) = Logarithms(unit);
        var x = unit.mul(_scale.At(y)).Add(_center.At(y));
        return new Mapped(x, LogSlope(beyond, above, below).neg()).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind)
        .WithTensor("center", _center.Value).WithTensor("scale", _scale.Value)
        .WithTensor("right", _right.Value).WithTensor("left", _left.Value);

    /// <summary>How far beyond the limit, in the logarithm, 0 within it; and ln(1 + |u|) on either side.</summary>
    private static (Tensor Beyond, Tensor Above, Tensor Below) Logarithms(Tensor unit) =>
        (unit.abs().ClampMin(Far).Div(Far).log(), unit.Clamp(0, Far).log1p(), unit.neg().Clamp(0, Far).log1p());

    /// <summary>Σ ln dy/dx, shape [B].</summary>
    private Tensor LogSlope(Tensor beyond, Tensor above, Tensor below)
    {
        var (right, left, scale) = (_right.At(above), _left.At(above), _scale.At(above));
        return above.mul(right.Sub(1)).Add(below.mul(left.Sub(1))).sub(beyond).sub(scale.log()).sum([1L]);
    }

    /// <summary>dy/d ln |u| at the limit.</summary>
    private static Tensor FarSlope(Tensor exponent) => exponent.Sub(1).Mul(Math.Log(1 + Far)).exp().Mul(Far);

    private static Tensor InverseSide(Tensor y, Tensor exponent)
    {
        var limit = exponent.Mul(Math.Log(1 + Far)).expm1().div(exponent);
        var inner = y.minimum(limit).mul(exponent).log1p().div(exponent).expm1();
        return inner.mul(y.sub(limit).ClampMin(0).div(FarSlope(exponent)).exp());
    }
}
