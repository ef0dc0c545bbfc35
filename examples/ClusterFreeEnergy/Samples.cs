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
    public static (Samples Drawn, Samples Weighted) OfFlow(MongeAmpereFlow flow, Energy energy, int count, int particles, Generator generator)
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
