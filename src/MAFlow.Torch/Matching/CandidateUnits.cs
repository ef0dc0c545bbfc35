using static TorchSharp.torch;

namespace MAFlow.Torch.Matching;

/// <summary>Units among which those are chosen that explain a velocity best: directions w and biases b, drawn where the points
/// are.</summary>
/// <param name="Weight">W, shape [P, N], float64.</param>
/// <param name="Bias">b, shape [P], float64; null where the activation is even.</param>
internal sealed record CandidateUnits(Tensor Weight, Tensor? Bias)
{
    private const int Partners = 8;
    private const int FeaturesOfSubset = 3;

    public long Count => Weight.shape[0];

    /// <summary>Draws units of three kinds: along differences of two points of the path, along few features, and along the directions that
    /// the potential has already.</summary>
    /// <param name="own">The potential's own units.</param>
    /// <param name="path">Points of the path.</param>
    /// <param name="count">Number of units P.</param>
    /// <param name="options">Shares and lengths.</param>
    /// <param name="generator">Source of randomness.</param>
    public static CandidateUnits Draw(IUnitPotential own, PathPoints path, long count, MatchingOptions options, Generator generator)
    {
        using var scope = NewDisposeScope();
        var pairs = (long)(count * options.PairShare);
        var subsets = (long)(count * options.SubsetShare);
        var (points, isEven) = (path.Points, own.Bias is null);
        List<CandidateUnits> drawn =
        [
            AlongPairs(points, pairs, options, generator),
            Bending(Subsets(points, subsets, generator), points, options, generator),
            Bending(Own(own, count - pairs - subsets), points, options, generator),
        ];
        var parts = drawn.Where(part => part.Count > 0).ToList();
        return new(
            cat([.. parts.Select(part => part.Weight)]).MoveToOuterDisposeScope(),
            isEven ? null : cat([.. parts.Select(part => part.Bias!)]).MoveToOuterDisposeScope());
    }

    /// <summary>Units by number.</summary>
    public CandidateUnits Select(Tensor index) => new(Weight.index_select(0, index), Bias?.index_select(0, index));

    /// <summary>y = xWᵀ + b.</summary>
    public Tensor Preactivation(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = x.mm(Weight.t());
        return (Bias is null ? y : y.Add(Bias)).MoveToOuterDisposeScope();
    }

    /// <summary>w along the difference of two points, b so that the unit bends in their middle; the nearer two points are, the likelier
    /// they are a pair.</summary>
    private static CandidateUnits AlongPairs(Tensor points, long count, MatchingOptions options, Generator generator)
    {
        var rows = points.shape[0];
        var first = points.index_select(0, randint(0, rows, [count], dtype: int64, generator: generator));
        var others = points.index_select(0, randint(0, rows, [count * Partners], dtype: int64, generator: generator))
            .reshape(count, Partners, points.shape[1]);
        var differences = others.sub(first.unsqueeze(1));
        var distances = differences.Square().sum([2L]).sqrt().ClampMin(options.NearestPair);
        var chosen = count == 0
            ? zeros([0, 1], int64)
            : multinomial(distances.reciprocal(), 1, generator: generator);
        var distance = distances.gather(1, chosen);
        var difference = differences.gather(1, chosen.unsqueeze(2).expand(-1, 1, points.shape[1])).squeeze(1);
        var length = distance.reciprocal().Mul(options.Sharpness).Clamp(0, options.LongestPair);
        var weight = difference.mul(length).div(distance);
        return new(weight, weight.mul(first.Add(difference.Mul(0.5))).sum([1L]).neg());
    }

    /// <summary>Units along directions, with lengths that are spread evenly, each bending at a random point.</summary>
    private static CandidateUnits Bending(Tensor directions, Tensor points, MatchingOptions options, Generator generator)
    {
        var count = directions.shape[0];
        var length = rand([count, 1], dtype: float64, generator: generator)
            .Mul(options.Longest - options.Shortest).Add(options.Shortest);
        var norm = directions.Square().sum(1, keepdim: true).sqrt().ClampMin(1e-12);
        var weight = directions.mul(length).div(norm);
        var where = points.index_select(0, randint(0, points.shape[0], [count], dtype: int64, generator: generator));
        return new(weight, weight.mul(where).sum([1L]).neg());
    }

    private static Tensor Subsets(Tensor points, long count, Generator generator) => count == 0
        ? points.narrow(0, 0, 0)
        : new FeatureSubsets(FeaturesOfSubset).Draw(count, points.std(0).ClampMin(1e-12), generator);

    /// <summary>The potential's own directions, in turn.</summary>
    private static Tensor Own(IUnitPotential own, long count)
    {
        var weight = own.Weight.detach().to(float64).cpu();
        return weight.index_select(0, TensorFactories.Arange(count, int64).Remainder(weight.shape[0]));
    }
}
