namespace MAFlow.Torch;

/// <summary>The symmetries of a hypercubic lattice as groups acting on one number per site.</summary>
public static class LatticeSymmetries
{
    /// <summary>The translations of a torus; trivial on an open lattice.</summary>
    public static SymmetryGroup Translations(Lattice lattice)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        return lattice.Boundary == Boundary.Open
            ? new(lattice.Sites)
            : new(lattice.Sites, [.. Enumerable.Range(0, lattice.Extents.Count).Select(axis => Map(lattice, site =>
            {
                site[axis]++;
                return site;
            }))]);
    }

    /// <summary>Reflections of each axis and exchanges of axes of equal length: D4 on a square lattice.</summary>
    public static SymmetryGroup PointGroup(Lattice lattice)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        var extents = lattice.Extents;
        var generators = new List<SymmetryElement>();
        for (var axis = 0; axis < extents.Count; axis++)
        {
            var reflected = axis;
            generators.Add(Map(lattice, site =>
            {
                site[reflected] = extents[reflected] - 1 - site[reflected];
                return site;
            }));
            for (var other = axis + 1; other < extents.Count; other++)
            {
                if (extents[axis] == extents[other])
                {
                    var exchanged = other;
                    generators.Add(Map(lattice, site =>
                    {
                        (site[reflected], site[exchanged]) = (site[exchanged], site[reflected]);
                        return site;
                    }));
                }
            }
        }

        return new(lattice.Sites, generators);
    }

    /// <summary>Translations and point group together.</summary>
    public static SymmetryGroup SpaceGroup(Lattice lattice) => Translations(lattice).And(PointGroup(lattice));

    private static SymmetryElement Map(Lattice lattice, Func<int[], int[]> source) =>
        new([.. Enumerable.Range(0, lattice.Sites).Select(site => lattice.Site(source(lattice.Coordinates(site))))]);
}
