namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>Sizes of a pair potential of particles, and who is in a pair with whom.</summary>
internal sealed class LanePairs
{
    /// <param name="shape">Sizes.</param>
    public LanePairs(ParticleShape shape)
    {
        (Shape, Particles, Coordinates, Count) = (shape, shape.Particles, shape.Coordinates, shape.Pairs);
        var pairs = (
            from i in Enumerable.Range(0, shape.Particles)
            from j in Enumerable.Range(i + 1, shape.Particles - i - 1)
            select (i, j)).ToList();
        (First, Second) = ([.. pairs.Select(pair => pair.i)], [.. pairs.Select(pair => pair.j)]);
    }

    /// <summary>Sizes.</summary>
    public ParticleShape Shape { get; }

    /// <summary>n.</summary>
    public int Particles { get; }

    /// <summary>D.</summary>
    public int Coordinates { get; }

    /// <summary>P.</summary>
    public int Count { get; }

    /// <summary>The first particle of each pair.</summary>
    public int[] First { get; }

    /// <summary>The second particle of each pair.</summary>
    public int[] Second { get; }

    /// <summary>Width of evenly spread Gaussians.</summary>
    public double Width(int gaussians) => Shape.Range / (gaussians - 1);
}
