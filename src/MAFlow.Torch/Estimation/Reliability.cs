namespace MAFlow.Torch.Estimation;

/// <summary>Reasons to distrust an estimate's error bars, and the limits of the checks.</summary>
/// <remarks>Necessary, not sufficient: mass that no sample has reached leaves no trace.</remarks>
internal sealed class Reliability
{
    /// <summary>Fewest effective samples: of weights, and of chains in bulk and tails.</summary>
    public const double MinEffectiveSamples = 100;

    /// <summary>Largest k̂ of the tail of weights.</summary>
    public const double MaxParetoShape = 0.7;

    /// <summary>Largest R̂ of chains.</summary>
    /// <remarks>
    /// R̂² - 1 is about τ over the length of half a chain: many chains reach enough samples before 1.01, which is for four chains.
    /// </remarks>
    public const double MaxRHat = 1.05;

    /// <summary>Largest standard deviation of ln Z between the repeats of an annealing, in nats.</summary>
    /// <remarks>Beyond it few repeats decide the mean of Z, and ln Z is biased downwards by half its variance.</remarks>
    public const double MaxDeviation = 1;

    /// <summary>Smallest acceptance of moves, and smallest share of surviving lineages, of an annealing.</summary>
    public const double MinShare = 0.05;

    /// <summary>Fewest samples in the overlap of a flow and its target.</summary>
    public const double MinOverlapSamples = 50;

    private readonly List<string> _problems = [];

    /// <summary>What was found, in words.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Notes a problem unless a condition holds; one on NaN does not.</summary>
    public Reliability Require(bool holds, FormattableString problem)
    {
        if (!holds)
        {
            _problems.Add(FormattableString.Invariant(problem));
        }

        return this;
    }
}
