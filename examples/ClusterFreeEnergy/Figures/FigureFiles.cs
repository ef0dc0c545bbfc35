using MAFlow.Examples;

namespace ClusterFreeEnergy.Figures;

/// <summary>The figures of a run: radial distribution and energies.</summary>
public static class FigureFiles
{
    private const int Bins = 100;

    /// <summary>Writes both.</summary>
    /// <returns>Their paths.</returns>
    public static IReadOnlyList<string> Write(Cluster cluster, Comparison comparison)
    {
        var (distances, energies) = (comparison.Distances(cluster.Range, Bins), comparison.Energies(Bins));
        return
        [
            Save(cluster, "distances.png", DensityChart.Draw(
                $"{cluster.Name}: distances of pairs", "distance", distances.Chains, distances.Drawn, distances.Weighted)),
            Save(cluster, "energies.png", DensityChart.Draw(
                $"{cluster.Name}: energies", "energy over temperature", energies.Chains, energies.Drawn, energies.Weighted)),
        ];
    }

    private static string Save(Cluster cluster, string name, byte[] image)
    {
        var path = Path.Combine(cluster.Settings.Output.FullName, name);
        AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, image));
        return path;
    }
}
