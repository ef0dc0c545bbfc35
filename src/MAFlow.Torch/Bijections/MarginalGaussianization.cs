using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// Maps every feature to a standard normal by a mixture of Gaussians of its own: y = Φ⁻¹(F(x)), F(x) = Σ πₖ Φ((x - μₖ)/σₖ),
/// ln |dy/dx| = ln F'(x) + ½y² + ½ ln 2π.
/// </summary>
/// <remarks>
/// This is the Brenier map between products of one-dimensional densities: peaks, gaps, skew and tails of single features are gone before
/// the flow, which is left with what features have to do with each other. Beyond the data the map becomes straight, with the slope of the
/// widest component there, so no outlier is too far to score. The number of components is the one under which rows that were left out are
/// most likely. It takes the place of a <see cref="TailCompression"/>. A feature needs a density: put a <see cref="Smoothing"/> before it
/// where values repeat. Chen, Gopinath, "Gaussianization" (2000).
/// </remarks>
public sealed class MarginalGaussianization : BijectionFit
{
    internal const string Kind = "marginal-gaussianization";
    private const int MaxNumbers = 100_000;
    private const int MinRows = 500;
    private const int MaxRows = 5_000;
    private const int Folds = 5;
    private const int Patience = 2;
    private static readonly int[] _candidates = [1, 2, 3, 5, 8, 12, 16, 24];
    private readonly int _maxComponents;

    /// <summary>Creates the fit.</summary>
    /// <param name="maxComponents">Largest number K of components of a feature, from 1 to 64; default 12.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of range.</exception>
    public MarginalGaussianization(int maxComponents = 12)
    {
        TensorChecks.RequireOption(maxComponents, 1, 64);
        _maxComponents = maxComponents;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Fewer than two rows, a value that is not finite, or a constant feature.</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        using var sample = RowSample.Draw(data.shape[0]);
        return Fit(data, sample, default);
    }

    internal override Bijection Fit(Tensor data, RowSample sample, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        FeatureMoments.Of(data);
        var width = data.shape[1];
        var some = sample.Of(data, Math.Clamp(MaxNumbers / width, MinRows, MaxRows));
        var features = some.t().contiguous().data<double>().ToArray().Chunk((int)some.shape[0]).ToArray();
        var mixtures = new FeatureMixture[features.Length];
        Workers.ForEach(features.Length, feature =>
        {
            limits.Check();
            mixtures[feature] = Best(features[feature]);
        });

        Tensor Padded(Func<FeatureMixture, double[]> numbers, double filler)
        {
            var all = new double[features.Length, _maxComponents];
            for (var feature = 0; feature < features.Length; feature++)
            {
                var some = numbers(mixtures[feature]);
                for (var k = 0; k < _maxComponents; k++)
                {
                    all[feature, k] = k < some.Length ? some[k] : filler;
                }
            }

            return tensor(all);
        }

        return new MixtureBijection(
            Padded(mixture => mixture.Weight, 0), Padded(mixture => mixture.Mean, 0), Padded(mixture => mixture.Deviation, 1));
    }

    /// <summary>The number of components that left-out rows choose, fitted to all rows.</summary>
    private FeatureMixture Best(double[] rows)
    {
        double[] kept = [.. rows.Where((_, row) => row % Folds != 0)];
        double[] leftOut = [.. rows.Where((_, row) => row % Folds == 0)];
        var most = Math.Min(_maxComponents, Math.Max(1, rows.Length / 10));
        var (best, score, failures) = (1, double.NegativeInfinity, 0);
        foreach (var number in _candidates.Where(number => number <= most && kept.Length > 0))
        {
            var candidate = FeatureMixture.FitRoughly(kept, number).LogLikelihood(leftOut);
            (best, score, failures) = candidate > score ? (number, candidate, 0) : (best, score, failures + 1);
            if (failures == Patience)
            {
                break;
            }
        }

        return FeatureMixture.Fit(rows, best);
    }
}
