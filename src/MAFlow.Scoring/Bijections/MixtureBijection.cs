using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = Φ⁻¹(F(x)), F(x) = Σ πₖ Φ((x - μₖ)/σₖ), of each feature.</summary>
internal sealed class MixtureBijection : CoordinateBijection
{
    public const string Kind = "marginal-gaussianization";
    private readonly Mixture[] _mixtures;

    private MixtureBijection(Mixture[] mixtures)
        : base(mixtures.Length) => _mixtures = mixtures;

    public static MixtureBijection Restore(StoredComponent stored)
    {
        var (weight, mean, deviation) = (stored.Tensor("weight"), stored.Tensor("mean"), stored.Tensor("deviation"));
        var shape = mean.Shape;
        if (new[] { weight, mean, deviation }.All(tensor => tensor.IsWide(2) && tensor.Shape.SequenceEqual(shape))
            && shape[0] > 0 && shape[1] > 0
            && Array.TrueForAll(deviation.Values, size => size > 0) && Array.TrueForAll(weight.Values, share => share >= 0))
        {
            var (features, components) = (checked((int)shape[0]), checked((int)shape[1]));
            ArraySegment<double> Row(StoredTensor tensor, int feature) => new(tensor.Values, feature * components, components);
            if (Enumerable.Range(0, features).All(feature => Math.Abs(Row(weight, feature).Sum() - 1) <= 1e-6))
            {
                return new([.. Enumerable.Range(0, features).Select(
                    feature => new Mixture(Row(weight, feature), Row(mean, feature), Row(deviation, feature)))]);
            }
        }

        throw new FormatException(
            "Expected weights [N, K] that sum to 1, means and positive deviations, all float64, in the stored "
            + $"{stored.Kind}; the file is damaged.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double Forward(double x, int feature, out double logSlope)
    {
        var mixture = _mixtures[feature];
        var y = mixture.Normal(x);
        logSlope = mixture.LogDensity(x, out _) + (0.5 * y * y);
        return y;
    }

    protected override (OnnxValue Y, OnnxValue LogSlope) ToOnnx(OnnxValue x)
    {
        var components = _mixtures.Max(mixture => mixture.Components);
        OnnxValue Table(Func<Mixture, double[]> numbers, double missing) => x.Graph.Constant(
            [.. _mixtures.SelectMany(mixture => numbers(mixture).Concat(Enumerable.Repeat(missing, components - mixture.Components)))],
            _mixtures.Length, components);
        var (logWeight, logRatio) = (
            Table(mixture => mixture.LogWeight, double.NegativeInfinity), Table(mixture => mixture.LogRatio, double.NegativeInfinity));
        var (mean, deviation) = (Table(mixture => mixture.Mean, 0), Table(mixture => mixture.Deviation, 1));
        var unit = (x.Reshape(-1, _mixtures.Length, 1) - mean) / deviation;
        var median = x.Row([.. _mixtures.Select(mixture => mixture.Median)]);
        var side = (x > median).Choose(x.Number(-1), 1);
        OnnxValue Sum(OnnxValue terms) => NormalFunctions.LogSumOfExponentials(terms, 2).Reshape(-1, _mixtures.Length);
        var tail = Sum(NormalFunctions.LogCumulative(unit * side.Reshape(-1, _mixtures.Length, 1)) + logWeight);
        var y = NormalFunctions.QuantileOfLogarithm(tail.Min(Math.Log(0.5))) * side;
        return (y, Sum(logRatio - (unit * unit * 0.5)) + (y * y * 0.5));
    }

    protected override double Inverse(double y, int feature) => _mixtures[feature].Inverse(y);

    protected override double PullBack(double gradient, int feature, double x, double y)
    {
        var logSlope = _mixtures[feature].LogDensity(x, out var bend) + (0.5 * y * y);
        return ((gradient + y) * Math.Exp(logSlope)) + bend;
    }
}
