using static TorchSharp.torch;

namespace MAFlow.Torch.Lattices;

/// <summary>Functions on a torus that reflections and exchanges of equal axes leave alone, as one number per orbit: of wave vectors, or of
/// distances.</summary>
/// <remarks>Both kinds of orbits are numbered alike, by coordinates from 0 to L/2.</remarks>
internal sealed class OrbitKernels
{
    private readonly Lattice _lattice;
    private readonly long[] _orthant;
    private readonly long[] _first;

    /// <param name="lattice">A torus.</param>
    public OrbitKernels(Lattice lattice)
    {
        var orbits = LatticeOrbits.OfWaves(lattice);
        var half = new Lattice(Boundary.Open, [.. lattice.Extents.Select(extent => (extent / 2) + 1)]);
        _lattice = lattice;
        _orthant = [.. Enumerable.Range(0, half.Sites).Select(point => orbits[lattice.Site(half.Coordinates(point))])];
        Count = (int)orbits.Max() + 1;
        _first = [.. Enumerable.Range(0, Count).Select(orbit => (long)Array.IndexOf(_orthant, orbit))];
        var members = new double[Count];
        foreach (var orbit in orbits)
        {
            members[orbit]++;
        }

        (Orbits, Members, Orthant) = (orbits, members, half);
    }

    /// <summary>Number M of orbits.</summary>
    public int Count { get; }

    /// <summary>Orbit of each wave vector, and of each site as a distance from the origin, in the order of the sites.</summary>
    public IReadOnlyList<long> Orbits { get; }

    /// <summary>Number of wave vectors in each orbit.</summary>
    public IReadOnlyList<double> Members { get; }

    /// <summary>Coordinates from 0 to L/2 along each axis.</summary>
    public Lattice Orthant { get; }

    /// <summary>From the values at wave vectors to the kernel of the convolution: K(r) = N⁻¹ Σ_k S(k) cos k·r.</summary>
    /// <param name="spectrum">Shape [M, ...].</param>
    public Tensor Kernel(Tensor spectrum) => Transform(spectrum, toKernel: true);

    /// <summary>Undoes <see cref="Kernel"/>: S(k) = Σ_r K(r) cos k·r.</summary>
    /// <param name="kernel">Shape [M, ...].</param>
    public Tensor Spectrum(Tensor kernel) => Transform(kernel, toKernel: false);

    /// <summary>The kernel on another torus: the same at each distance that both have, zero beyond.</summary>
    /// <param name="spectrum">On this torus, shape [M, ...].</param>
    /// <param name="other">Kernels of a torus of as many axes, none of them shorter.</param>
    /// <returns>The spectrum there, shape [M', ...].</returns>
    public Tensor Lift(Tensor spectrum, OrbitKernels other)
    {
        using var scope = NewDisposeScope();
        var kernel = Kernel(spectrum);
        var (source, share) = (new long[other.Orthant.Sites], new double[other.Orthant.Sites]);
        for (var point = 0; point < source.Length; point++)
        {
            var distance = other.Orthant.Coordinates(point);
            if (!distance.Zip(Orthant.Extents).All(pair => pair.First < pair.Second))
            {
                continue;
            }

            source[point] = _orthant[Orthant.Site(distance)];
            // Halfway around an even axis is one site; on a longer axis it is two, and each gets half.
            share[point] = Math.Pow(0.5, distance.Where((step, axis) =>
                2 * step == _lattice.Extents[axis] && _lattice.Extents[axis] < other._lattice.Extents[axis]).Count());
        }

        var weights = tensor(share, dtype: float64).to(kernel.dtype, kernel.device).view([-1, .. kernel.shape.Skip(1).Select(_ => 1L)]);
        var moved = kernel.index_select(0, Index(source, kernel)).mul(weights);
        var waves = other.Maps(moved, toKernel: false).Apply(moved);
        // Where the lift makes axes equal that were not, symmetric waves are given their mean.
        var sums = zeros([other.Count, .. waves.shape[1..]], dtype: waves.dtype, device: waves.device);
        var counts = zeros(other.Count, dtype: waves.dtype, device: waves.device);
        var orbit = Index(other._orthant, waves);
        counts.index_add_(0, orbit, ones(waves.shape[0], dtype: waves.dtype, device: waves.device), Scalars.One);
        sums.index_add_(0, orbit, waves, Scalars.One);
        return sums.div(counts.view([-1, .. kernel.shape.Skip(1).Select(_ => 1L)])).MoveToOuterDisposeScope();
    }

    private Tensor Transform(Tensor values, bool toKernel)
    {
        using var scope = NewDisposeScope();
        var box = values.index_select(0, Index(_orthant, values));
        return Maps(values, toKernel).Apply(box).index_select(0, Index(_first, values)).MoveToOuterDisposeScope();
    }

    private AxisMaps Maps(Tensor like, bool toKernel) => new([.. _lattice.Extents.Select(extent =>
    {
        var half = (extent / 2) + 1;
        var numbers = new double[half * half];
        for (var to = 0; to < half; to++)
        {
            for (var from = 0; from < half; from++)
            {
                var members = from == 0 || 2 * from == extent ? 1.0 : 2.0;
                var angle = 2 * Math.PI * ((long)to * from % extent) / extent;
                numbers[(to * half) + from] = members * Math.Cos(angle) / (toKernel ? extent : 1);
            }
        }

        return tensor(numbers, [half, half], dtype: float64).to(like.dtype, like.device);
    })]);

    private static Tensor Index(long[] numbers, Tensor like) => tensor(numbers, dtype: int64).to(like.device);
}
