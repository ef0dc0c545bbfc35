namespace ClusterFreeEnergy;

/// <summary>Samples of Monte Carlo, of the flow, and of the flow with weights, and how far their distributions are apart.</summary>
public sealed record Comparison(Samples Chains, Samples Drawn, Samples Weighted)
{
    /// <summary>Share of the chains' energies that lie outside of the histogram on either side.</summary>
    private const double Tail = 0.001;

    public (Histogram Chains, Histogram Drawn, Histogram Weighted) Distances(double range, int bins) =>
        (Chains.OfDistances(range, bins), Drawn.OfDistances(range, bins), Weighted.OfDistances(range, bins));

    /// <summary>Energies over the range that the chains see, and a third of it beyond.</summary>
    public (Histogram Chains, Histogram Drawn, Histogram Weighted) Energies(int bins)
    {
        var sorted = Chains.Energies.Order().ToArray();
        var (low, high) = (sorted[(int)(Tail * (sorted.Length - 1))], sorted[(int)((1 - Tail) * (sorted.Length - 1))]);
        var margin = (high - low) / 3;
        Histogram Of(Samples samples) => samples.OfEnergies(low - margin, high + margin, bins);
        return (Of(Chains), Of(Drawn), Of(Weighted));
    }
}
