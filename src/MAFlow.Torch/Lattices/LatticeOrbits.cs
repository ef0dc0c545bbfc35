using static TorchSharp.torch;

namespace MAFlow.Torch.Lattices;

/// <summary>Where the symmetries of a lattice take its sites and its wave vectors: the tables by which parameters are shared.</summary>
internal static class LatticeOrbits
{
    /// <summary>A number per wave vector of a torus, the same for those that reflections and exchanges of equal axes connect.</summary>
    /// <returns>From 0 without gaps, in the order of the sites.</returns>
    public static long[] OfWaves(Lattice lattice)
    {
        var numbers = new Dictionary<string, long>();
        var orbits = new long[lattice.Sites];
        for (var site = 0; site < lattice.Sites; site++)
        {
            var waves = lattice.Coordinates(site)
                .Select((wave, axis) => (Extent: lattice.Extents[axis], Wave: Math.Min(wave, lattice.Extents[axis] - wave)));
            // Exchanging axes of equal length reorders the waves within each length.
            var key = string.Join(' ', waves.OrderBy(wave => wave.Extent).ThenBy(wave => wave.Wave));
            orbits[site] = numbers.TryGetValue(key, out var number) ? number : numbers[key] = numbers.Count;
        }

        return orbits;
    }

    /// <summary>Number of orbits of wave vectors, without making them.</summary>
    public static double Count(IReadOnlyList<int> extents)
    {
        var count = 1.0;
        foreach (var axes in extents.GroupBy(extent => extent))
        {
            // Waves of equal axes in any order: combinations with repetition.
            for (var axis = 0; axis < axes.Count(); axis++)
            {
                count = count * ((axes.Key / 2) + 1 + axis) / (axis + 1);
            }
        }

        return count;
    }

    /// <summary>The sites that the images of a field under the point group are read from.</summary>
    /// <returns>One row per element, shape [G, N], int64.</returns>
    public static Tensor PointGroupImages(Lattice lattice) =>
        Table(LatticeSymmetries.PointGroup(lattice).Elements().Select(element => element.Source));

    /// <summary>The sites that a field moved over a torus is read from: row t has site 0 of the field at site t.</summary>
    /// <returns>Shape [N, N], int64.</returns>
    public static Tensor Translations(Lattice lattice) => Table(
        LatticeSymmetries.Translations(lattice).Elements()
            .OrderBy(element => element.Source[0]).Select(element => element.Inverse().Source));

    private static Tensor Table(IEnumerable<IReadOnlyList<int>> rows)
    {
        var list = rows.ToList();
        return tensor(list.SelectMany(row => row.Select(site => (long)site)).ToArray(), [list.Count, list[0].Count], dtype: int64);
    }
}
