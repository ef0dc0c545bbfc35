namespace MAFlow.Torch.Estimation;

/// <summary>Weighted means of observables over independent blocks of a sample, which give functions of those means an error bar.</summary>
/// <remarks>A block is a chain, a batch of weighted samples, or an independent repeat.</remarks>
internal sealed class BlockMeans
{
    private readonly double[] _weights;
    private readonly IReadOnlyDictionary<string, double[]> _means;

    internal BlockMeans(IEnumerable<double> weights, IReadOnlyDictionary<string, double[]> means) =>
        (_weights, _means) = ([.. weights], means);

    /// <summary>Number of blocks.</summary>
    public int Count => _weights.Length;

    /// <summary>A function of the means with its jackknife error: each block is left out once.</summary>
    /// <param name="function">From means by name to a number, for instance 1 - ⟨m⁴⟩ / 3⟨m²⟩².</param>
    /// <exception cref="InvalidOperationException">There are fewer than two blocks.</exception>
    public Estimate Jackknife(Func<IReadOnlyDictionary<string, double>, double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (Count < 2)
        {
            throw new InvalidOperationException("Expected at least two independent blocks for an error bar, got one; sample more.");
        }

        var total = _weights.Sum();
        var sums = _means.ToDictionary(pair => pair.Key, pair => _weights.Zip(pair.Value, (weight, mean) => weight * mean).Sum());
        double Without(int block) => function(_means.ToDictionary(
            pair => pair.Key, pair => (sums[pair.Key] - (_weights[block] * pair.Value[block])) / (total - _weights[block])));
        var left = Enumerable.Range(0, Count).Select(Without).ToArray();
        var centre = left.Average();
        return new(
            function(sums.ToDictionary(pair => pair.Key, pair => pair.Value / total)),
            Math.Sqrt((Count - 1.0) / Count * left.Sum(value => (value - centre) * (value - centre))));
    }
}
