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
    private const double NumbersAtOnce = 1e6;
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
        var columns = (long)Math.Clamp(NumbersAtOnce / (some.shape[0] * _maxComponents), 1, width);
        var parts = new List<Mixture>();
        for (var start = 0L; start < width; start += columns)
        {
            limits.Check();
            var block = some.narrow(1, start, Math.Min(columns, width - start));
            parts.Add(Best(block));
        }

        Tensor Joined(Func<Mixture, Tensor> numbers) => cat([.. parts.Select(numbers)]);
        return new MixtureBijection(Joined(part => part.Weight), Joined(part => part.Mean), Joined(part => part.Deviation));
    }

    /// <summary>For each feature the number of components that left-out rows choose, fitted to all rows.</summary>
    private Mixture Best(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var isLeftOut = TensorFactories.Arange(rows.shape[0], int64).Remainder(Folds).Eq(0);
        var (kept, leftOut) = (rows[isLeftOut.logical_not()], rows[isLeftOut]);
        var numbers = _candidates.Where(number => number <= Math.Min(_maxComponents, Math.Max(1, rows.shape[0] / 10))).ToList();
        var best = Mixture.Fit(rows, numbers[0], _maxComponents);
        if (numbers.Count == 1 || leftOut.shape[0] == 0)
        {
            return best.MoveToOuterDisposeScope();
        }

        var score = Mixture.Fit(kept, numbers[0], _maxComponents).LogLikelihood(leftOut);
        foreach (var number in numbers.Skip(1))
        {
            using var trial = NewDisposeScope();
            var candidate = Mixture.Fit(kept, number, _maxComponents).LogLikelihood(leftOut);
            var isBetter = candidate.gt(score);
            if (isBetter.any().item<bool>())
            {
                best = Mixture.Fit(rows, number, _maxComponents).Where(isBetter, best).MoveToOuterDisposeScope();
                score = where(isBetter, candidate, score).MoveToOuterDisposeScope();
            }
        }

        return best.MoveToOuterDisposeScope();
    }
}
