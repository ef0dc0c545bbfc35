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

    protected override double Inverse(double y, int feature) => _mixtures[feature].Inverse(y);

    protected override double PullBack(double gradient, int feature, double x, double y)
    {
        var logSlope = _mixtures[feature].LogDensity(x, out var bend) + (0.5 * y * y);
        return ((gradient + y) * Math.Exp(logSlope)) + bend;
    }
}
