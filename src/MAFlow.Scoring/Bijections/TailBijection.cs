using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = ±((1 + |u|)^λ - 1)/λ with u = (x - m)/s, continued by a logarithm beyond |u| = 1000.</summary>
internal sealed class TailBijection : CoordinateBijection
{
    public const string Kind = "tail-compression";
    private const double Far = 1_000;
    private readonly double[] _center;
    private readonly double[] _scale;
    private readonly double[] _logScale;
    private readonly double[] _right;
    private readonly double[] _left;

    private TailBijection(double[] center, double[] scale, double[] right, double[] left)
        : base(center.Length) =>
        (_center, _scale, _logScale, _right, _left) = (center, scale, [.. scale.Select(size => Math.Log(size))], right, left);

    public static TailBijection Restore(StoredComponent stored)
    {
        var center = Moments.Numbers(stored, "center");
        double[] Positive(string name) => Moments.Positive(stored, name, center.Length);
        return new(center, Positive("scale"), Positive("right"), Positive("left"));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double Forward(double x, int feature, out double logSlope)
    {
        var unit = (x - _center[feature]) / _scale[feature];
        var exponent = Exponent(unit, feature);
        var within = SpecialFunctions.Log1P(Math.Min(Math.Abs(unit), Far));
        var beyond = Math.Abs(unit) > Far ? Math.Log(Math.Abs(unit) / Far) : 0;
        logSlope = (within * (exponent - 1)) - beyond - _logScale[feature];
        return Math.CopySign((SpecialFunctions.ExpM1(within * exponent) / exponent) + (beyond * FarSlope(exponent)), unit);
    }

    protected override (OnnxValue Y, OnnxValue LogSlope) ToOnnx(OnnxValue x)
    {
        var unit = (x - x.Row(_center)) / x.Row(_scale);
        var isLeft = unit < 0;
        var (size, exponent) = (unit.Abs(), isLeft.Choose(x.Row(_left), x.Row(_right)));
        var within = NormalFunctions.Log1P(size.Min(Far));
        var beyond = (size.Max(Far) / Far).Log();
        var farSlope = isLeft.Choose(x.Row([.. _left.Select(FarSlope)]), x.Row([.. _right.Select(FarSlope)]));
        var y = (NormalFunctions.ExpM1(within * exponent) / exponent) + (beyond * farSlope);
        return (y * unit.Sign(), (within * (exponent - 1)) - beyond - x.Row(_logScale));
    }

    protected override double Inverse(double y, int feature)
    {
        var exponent = Exponent(y, feature);
        var (size, limit) = (Math.Abs(y), SpecialFunctions.ExpM1(exponent * Math.Log(1 + Far)) / exponent);
        var inner = SpecialFunctions.ExpM1(SpecialFunctions.Log1P(Math.Min(size, limit) * exponent) / exponent);
        var unit = Math.CopySign(inner * Math.Exp(Math.Max(size - limit, 0) / FarSlope(exponent)), y);
        return (unit * _scale[feature]) + _center[feature];
    }

    protected override double PullBack(double gradient, int feature, double x, double y)
    {
        _ = Forward(x, feature, out var logSlope);
        var unit = (x - _center[feature]) / _scale[feature];
        var bend = (Exponent(unit, feature) - 1) / (1 + Math.Abs(unit));
        var curve = Math.Abs(unit) > Far ? -1 / unit : unit < 0 ? -bend : bend;
        return (gradient * Math.Exp(logSlope)) + (curve / _scale[feature]);
    }

    private double Exponent(double unit, int feature) => unit >= 0 ? _right[feature] : _left[feature];

    /// <summary>dy/d ln |u| at the limit.</summary>
    private static double FarSlope(double exponent) => Math.Exp((exponent - 1) * Math.Log(1 + Far)) * Far;
}
