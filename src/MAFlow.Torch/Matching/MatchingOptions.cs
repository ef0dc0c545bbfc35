namespace MAFlow.Torch.Matching;

/// <summary>How the units of a start are drawn, and how much work it may be. The defaults were chosen by validation likelihoods, see
/// docs/results/tables-and-start.md.</summary>
internal sealed record MatchingOptions
{
    private static readonly double[] _strengths = [1e-4, 1e-3, 1e-2, 1e-1];

    /// <summary>Candidates for each unit that is kept.</summary>
    public double Pool { get; init; } = 8;

    /// <summary>Most candidates, unless there are more units.</summary>
    public long MaxCandidates { get; init; } = 1_024;

    /// <summary>Share of the candidates along differences of two points.</summary>
    public double PairShare { get; init; } = 0.4;

    /// <summary>Share of the candidates along few coordinates; the rest has the potential's own directions.</summary>
    public double SubsetShare { get; init; } = 0.2;

    /// <summary>wᵀ(x - x') of a pair: how sharply its unit bends.</summary>
    public double Sharpness { get; init; } = 8;

    /// <summary>Largest |w| of a pair.</summary>
    public double LongestPair { get; init; } = 8;

    /// <summary>Distance below which pairs are equally likely.</summary>
    public double NearestPair { get; init; } = 1e-2;

    /// <summary>Smallest |w| of other units.</summary>
    public double Shortest { get; init; } = 0.75;

    /// <summary>Largest |w| of other units.</summary>
    public double Longest { get; init; } = 3;

    /// <summary>Tikhonov strengths λ to choose from, as shares of the diagonal of M.</summary>
    public IReadOnlyList<double> Strengths { get; init; } = _strengths;

    /// <summary>Fewest points of the path for a piece.</summary>
    public long MinPoints { get; init; } = 2_048;

    /// <summary>Most points of the path for a piece.</summary>
    public long MaxPoints { get; init; } = 16_384;

    /// <summary>Multiplications of all pieces together: about half a second of one core.</summary>
    public double Work { get; init; } = 5e9;

    /// <summary>Most multiplications for each row: few rows do not tell many candidates apart.</summary>
    public double WorkPerRow { get; init; } = 5e6;

    /// <summary>Largest number of rows that are looked at.</summary>
    public long MaxRows { get; init; } = 16_384;

    /// <summary>The same with as much work as so many rows are worth.</summary>
    public MatchingOptions For(long rows) => this with { Work = Math.Min(Work, WorkPerRow * rows) };

    /// <summary>Number of candidates for so many units of each of several pieces: as many as the work allows with the fewest
    /// points.</summary>
    public long Candidates(long units, int pieces)
    {
        var affordable = Math.Sqrt(Work / (pieces * MinPoints));
        return Math.Max(units, (long)Math.Min(Math.Min(Pool * units, MaxCandidates), affordable));
    }

    /// <summary>Number of points for each of several pieces.</summary>
    public long Points(long units, long dimension, int pieces)
    {
        var candidates = (double)Candidates(units, pieces);
        return (long)Math.Clamp(Work / (pieces * candidates * (candidates + (2 * dimension))), MinPoints, MaxPoints);
    }
}
