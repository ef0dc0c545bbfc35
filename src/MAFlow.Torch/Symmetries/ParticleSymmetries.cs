namespace MAFlow.Torch.Symmetries;

/// <summary>The signed permutations of coordinates that keep all distances between identical particles.</summary>
internal static class ParticleSymmetries
{
    /// <summary>Exchanges of particles, exchanges of axes, and x ↦ -x.</summary>
    /// <param name="particles">Number n of particles, at least 2.</param>
    /// <param name="coordinates">Coordinates D of each; those of one particle follow each other.</param>
    public static SymmetryGroup Of(int particles, int coordinates)
    {
        var group = SymmetryGroup.SignFlip(particles * coordinates).And(SymmetryGroup.Permutations(particles, coordinates));
        return coordinates == 1 ? group : group.And(Axes(particles, coordinates));
    }

    private static SymmetryGroup Axes(int particles, int coordinates)
    {
        SymmetryElement Exchange(int axis) => new(
            [.. Enumerable.Range(0, particles * coordinates).Select(place => (place % coordinates) switch
            {
                var own when own == axis => place + 1,
                var own when own == axis + 1 => place - 1,
                _ => place,
            })]);
        return new((long)particles * coordinates, [.. Enumerable.Range(0, coordinates - 1).Select(Exchange)]);
    }
}
