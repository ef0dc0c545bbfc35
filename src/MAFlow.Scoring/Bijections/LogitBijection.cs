using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = logit(λ + (1 - 2λ)x) of the unit interval.</summary>
internal sealed class LogitBijection : CoordinateBijection
{
    public const string Kind = "logit";
    private readonly double _lambda;
    private readonly double _span;
    private readonly double _logSpan;

    private LogitBijection(double lambda)
        : base(null) => (_lambda, _span, _logSpan) = (lambda, 1 - (2 * lambda), Math.Log(1 - (2 * lambda)));

    public static LogitBijection Restore(StoredComponent stored) => stored.Number("lambda") is var lambda and >= 1e-15 and <= 0.5 - 1e-15
        ? new(lambda)
        : throw new FormatException($"Expected a number in (0, ½) as 'lambda' of the stored {stored.Kind}; the file is damaged.");

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double Forward(double x, int feature, out double logSlope)
    {
        if (x is not (>= 0 and <= 1))
        {
            logSlope = 0;
            return double.NaN;
        }

        // 1 - x is exact near x = 1, so neither end loses digits.
        var (logP, logQ) = (Math.Log((x * _span) + _lambda), Math.Log(((1 - x) * _span) + _lambda));
        logSlope = _logSpan - logP - logQ;
        return logP - logQ;
    }

    protected override (OnnxValue Y, OnnxValue LogSlope) ToOnnx(OnnxValue x)
    {
        var isInside = x.Clamp(0, 1).EqualTo(x);
        var inside = isInside.Choose(x, 0.5);
        var (logP, logQ) = (((inside * _span) + _lambda).Log(), (((1 - inside) * _span) + _lambda).Log());
        return (logP - logQ, isInside.Choose(_logSpan - logP - logQ, double.NegativeInfinity));
    }

    protected override double Inverse(double y, int feature) => Math.Clamp(((1 / (1 + Math.Exp(-y))) - _lambda) / _span, 0, 1);

    protected override double PullBack(double gradient, int feature, double x, double y)
    {
        var (p, q) = ((x * _span) + _lambda, ((1 - x) * _span) + _lambda);
        return _span * ((gradient * ((1 / p) + (1 / q))) - (1 / p) + (1 / q));
    }
}
