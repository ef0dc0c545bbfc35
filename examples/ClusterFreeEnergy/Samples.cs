using MAFlow.Examples;
using ScottPlot;
using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>Configurations as figures show them: distances and energies, with a weight for each configuration.</summary>
public sealed record Samples(double[] Distances, double[] Energies, double[] Weights)
{
    public int Pairs => Distances.Length / Energies.Length;

    /// <param name="x">Configurations, shape [B, nD].</param>
    /// <param name="energies">Their energies, shape [B].</param>
    /// <param name="logWeights">ln of their weights, shape [B]; null for equal ones.</param>
    /// <param name="particles">n.</param>
    public static Samples Of(Tensor x, Tensor energies, Tensor? logWeights, int particles)
    {
        using var scope = NewDisposeScope();
        static double[] Numbers(Tensor values) => values.to(float64).flatten().data<double>().ToArray();
        var weights = logWeights is null ? ones_like(energies) : logWeights.sub(logWeights.max()).exp();
        return new(Numbers(ClusterFreeEnergy.Distances.Of(x, particles)), Numbers(energies), Numbers(weights));
    }

    /// <summary>Of a flow: as it draws them, and weighted to the target.</summary>
    public static (Samples Drawn, Samples Weighted) OfFlow(
        MongeAmpereFlow flow, Energy energy, int count, int particles, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (x, logProb) = flow.Sample(count, generator);
        var energies = energy.Value(x);
        return (Of(x, energies, null, particles), Of(x, energies, energies.add(logProb).neg(), particles));
    }

    /// <summary>Density of the distance of a pair.</summary>
    public Histogram OfDistances(double range, int bins) =>
        new(Distances, [.. Weights.SelectMany(weight => Enumerable.Repeat(weight, Pairs))], 0, range, bins);

    /// <summary>Density of the energy.</summary>
    public Histogram OfEnergies(double low, double high, int bins) => new(Energies, Weights, low, high, bins);
}

/// <summary>A density by bins, of values that may have weights.</summary>
public sealed record Histogram
{
    /// <param name="values">Values; those outside the range count for the norm, and are in no bin.</param>
    /// <param name="weights">A weight of each value.</param>
    /// <param name="low">Where the first bin begins.</param>
    /// <param name="high">Where the last one ends.</param>
    /// <param name="bins">Number of bins.</param>
    public Histogram(IReadOnlyList<double> values, IReadOnlyList<double> weights, double low, double high, int bins)
    {
        var (sums, width, norm) = (new double[bins], (high - low) / bins, 0.0);
        for (var i = 0; i < values.Count; i++)
        {
            norm += weights[i];
            var bin = Math.Floor((values[i] - low) / width);
            if (bin >= 0 && bin < bins)
            {
                sums[(int)bin] += weights[i];
            }
        }

        Centres = [.. Enumerable.Range(0, bins).Select(bin => low + ((bin + 0.5) * width))];
        Densities = [.. sums.Select(sum => sum / norm / width)];
    }

    public IReadOnlyList<double> Centres { get; }

    public IReadOnlyList<double> Densities { get; }

    /// <summary>Half the integral of the absolute difference: 0 where both are the same, 1 where they have nothing in common.</summary>
    public double DistanceTo(Histogram other) =>
        0.5 * (Centres[1] - Centres[0]) * Densities.Zip(other.Densities, (own, foreign) => Math.Abs(own - foreign)).Sum();
}

/// <summary>All distances of pairs in configurations.</summary>
public static class Distances
{
    /// <summary>Shape [B, n(n - 1)/2].</summary>
    /// <param name="x">Configurations, shape [B, nD].</param>
    /// <param name="particles">n.</param>
    public static Tensor Of(Tensor x, int particles)
    {
        using var scope = NewDisposeScope();
        var points = x.reshape(x.shape[0], particles, -1);
        var pairs = triu_indices(particles, particles, 1);
        var differences = points.index_select(1, pairs[0]).sub(points.index_select(1, pairs[1]));
        return differences.pow(2).sum([2L]).sqrt().MoveToOuterDisposeScope();
    }
}

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

/// <summary>The figures of a run, distances of pairs and energies: Monte Carlo as an area, the flow and its reweighted samples as
/// lines.</summary>
public static class Figures
{
    private const int Bins = 100;

    /// <returns>The paths of the pictures.</returns>
    public static IReadOnlyList<string> Write(Cluster cluster, Comparison comparison) =>
    [
        Draw(cluster, "distances.png", "distances of pairs", "distance", comparison.Distances(cluster.Range, Bins)),
        Draw(cluster, "energies.png", "energies", "energy / temperature", comparison.Energies(Bins)),
    ];

    private static string Draw(
        Cluster cluster, string file, string title, string label, (Histogram Chains, Histogram Drawn, Histogram Weighted) densities)
    {
        using var plot = Chart.New($"{cluster.Name}: {title}", label, "density");
        var centres = densities.Chains.Centres.ToArray();
        var area = plot.Add.FillY(centres, new double[centres.Length], [.. densities.Chains.Densities]);
        (area.FillColor, area.LineWidth, area.MarkerSize, area.LegendText) = (Chart.Gray.WithAlpha(0.35), 0, 0, "Monte Carlo");
        plot.AddCurve(centres, [.. densities.Drawn.Densities], Chart.Red, "flow");
        plot.AddCurve(centres, [.. densities.Weighted.Densities], Chart.Blue, "flow, reweighted");
        plot.Axes.Margins(left: 0, right: 0, bottom: 0, top: 0.1);
        plot.ShowLegend(Alignment.UpperRight);
        return OutputFiles.SavePng(cluster.Settings.Output, file, plot.ToPng());
    }
}
