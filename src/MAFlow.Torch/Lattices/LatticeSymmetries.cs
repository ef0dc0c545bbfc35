namespace MAFlow.Torch.Lattices;

/// <summary>The symmetries of a hypercubic lattice as groups acting on one number per site.</summary>
internal static class LatticeSymmetries
{
    /// <summary>The translations of a torus; trivial on an open lattice.</summary>
    internal static SymmetryGroup Translations(Lattice lattice)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        SymmetryElement Moved(IReadOnlyList<int> shift) =>
            Map(lattice, site => [.. site.Zip(shift, (place, distance) => place + distance)]);
        return lattice.Boundary == Boundary.Open
            ? new(lattice.Sites)
            : new(
                lattice.Sites,
                random => Moved(lattice.Coordinates((int)RandomIndex.Next(lattice.Sites, random))),
                [.. Enumerable.Range(0, lattice.Extents.Count).Select(axis => Moved(lattice.UnitVector(axis)))]);
    }

    /// <summary>Reflections of each axis and exchanges of axes of equal length: D4 on a square lattice.</summary>
    internal static SymmetryGroup PointGroup(Lattice lattice)
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

    /// <summary>A group on the sites acting on fields of several components alike, together with the exchanges of components.</summary>
    /// <param name="sites">Group on one number per site.</param>
    /// <param name="components">Number n of components, at least 1; coordinates are ordered component by component.</param>
    internal static SymmetryGroup OfComponents(SymmetryGroup sites, int components)
    {
        ArgumentNullException.ThrowIfNull(sites);
        TensorChecks.RequireAtLeast(components, 1);
        if (components == 1)
        {
            return sites;
        }

        var count = (int)sites.Dimension;
        SymmetryElement Lifted(SymmetryElement element) => new(
            [.. Enumerable.Range(0, components).SelectMany(component => element.Source.Select(site => (component * count) + site))],
            element.Sign);
        var lifted = new SymmetryGroup(
            (long)count * components, random => Lifted(sites.Draw(random)), [.. sites.Generators.Select(Lifted)]);
        return lifted.And(SymmetryGroup.Permutations(components, count));
    }

    private static SymmetryElement Map(Lattice lattice, Func<int[], int[]> source) =>
        new([.. Enumerable.Range(0, lattice.Sites).Select(site => lattice.Site(source(lattice.Coordinates(site))))]);
}
