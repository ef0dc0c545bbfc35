using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = (x - μ)/σ, ln dy/dx = -ln σ.</summary>
internal sealed class StandardizationBijection : CoordinateBijection
{
    public const string Kind = "standardization";
    private readonly double[] _mean;
    private readonly double[] _deviation;
    private readonly double[] _logSlope;

    private StandardizationBijection(double[] mean, double[] deviation)
        : base(mean.Length) => (_mean, _deviation, _logSlope) = (mean, deviation, [.. deviation.Select(size => -Math.Log(size))]);

    public static StandardizationBijection Restore(StoredComponent stored)
    {
        var mean = Moments.Numbers(stored, "mean");
        return new(mean, Moments.Positive(stored, "deviation", mean.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double Forward(double x, int feature, out double logSlope)
    {
        logSlope = _logSlope[feature];
        return (x - _mean[feature]) / _deviation[feature];
    }

    protected override (OnnxValue Y, OnnxValue LogSlope) ToOnnx(OnnxValue x)
    {
        var y = (x - x.Row(_mean)) / x.Row(_deviation);
        return (y, (x * 0) + x.Row(_logSlope));
    }

    protected override double Inverse(double y, int feature) => (y * _deviation[feature]) + _mean[feature];

    protected override double PullBack(double gradient, int feature, double x, double y) => gradient / _deviation[feature];
}
