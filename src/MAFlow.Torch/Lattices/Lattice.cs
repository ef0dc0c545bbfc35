using static TorchSharp.torch;

namespace MAFlow.Torch.Lattices;

/// <summary>What lies beyond the last site of a lattice.</summary>
public enum Boundary
{
    /// <summary>The first site: a torus.</summary>
    Periodic,

    /// <summary>Nothing.</summary>
    Open,
}

/// <summary>A hypercubic lattice of any dimension; sites are numbered row by row, the last axis fastest.</summary>
/// <remarks>A periodic axis of length 2 bonds its two sites twice, once in each direction, as Kaufman's formula counts.</remarks>
public sealed class Lattice
{
    private const int MaxSites = 1 << 24;

    /// <summary>Creates a lattice.</summary>
    /// <param name="boundary">Periodic or open.</param>
    /// <param name="extents">Number of sites along each axis; at least 2 each on a torus, 1 otherwise.</param>
    /// <exception cref="ArgumentException">There is no axis.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent or the boundary is out of range.</exception>
    public Lattice(Boundary boundary, params IReadOnlyList<int> extents)
    {
        ArgumentNullException.ThrowIfNull(extents);
        if (!Enum.IsDefined(boundary))
        {
            throw new ArgumentOutOfRangeException(nameof(boundary), boundary, $"Expected Periodic or Open, got {boundary}.");
        }

        if (extents.Count == 0)
        {
            throw new ArgumentException("Expected at least one axis, got none.", nameof(extents));
        }

        foreach (var extent in extents)
        {
            TensorChecks.RequireOption(extent, boundary == Boundary.Periodic ? 2 : 1, MaxSites, nameof(extents));
        }

        var sites = extents.Aggregate(1.0, (product, extent) => product * extent);
        TensorChecks.RequireOption(sites, 1, MaxSites, nameof(extents));
        (Boundary, Extents, Sites) = (boundary, [.. extents], (int)sites);
    }

    /// <summary>Periodic or open.</summary>
    public Boundary Boundary { get; }

    /// <summary>Number of sites along each axis.</summary>
    public IReadOnlyList<int> Extents { get; }

    /// <summary>Number of sites N.</summary>
    public int Sites { get; }

    /// <summary>A square lattice of L x L sites.</summary>
    /// <param name="size">L.</param>
    /// <param name="boundary">Periodic or open.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    public static Lattice Square(int size, Boundary boundary = Boundary.Periodic) => new(boundary, size, size);

    /// <summary>Its symmetries as a group that acts on one number per site: the translations of a torus, reflections of each axis, and
    /// exchanges of axes of equal length.</summary>
    public SymmetryGroup SpaceGroup() => LatticeSymmetries.Translations(this).And(LatticeSymmetries.PointGroup(this));

    /// <summary>The coordinates of a site, one per axis.</summary>
    internal int[] Coordinates(int site)
    {
        TensorChecks.RequireOption(site, 0, Sites - 1);
        var coordinates = new int[Extents.Count];
        for (var axis = Extents.Count - 1; axis >= 0; axis--)
        {
            (site, coordinates[axis]) = Math.DivRem(site, Extents[axis]);
        }

        return coordinates;
    }

    /// <summary>The site at coordinates, which are wrapped around the torus.</summary>
    internal int Site(IReadOnlyList<int> coordinates)
    {
        ArgumentNullException.ThrowIfNull(coordinates);
        var site = 0;
        for (var axis = 0; axis < Extents.Count; axis++)
        {
            site = (site * Extents[axis]) + (((coordinates[axis] % Extents[axis]) + Extents[axis]) % Extents[axis]);
        }

        return site;
    }

    /// <summary>Pairs of neighbours, each bond once.</summary>
    internal IEnumerable<(int First, int Second)> Bonds()
    {
        for (var site = 0; site < Sites; site++)
        {
            var coordinates = Coordinates(site);
            for (var axis = 0; axis < Extents.Count; axis++)
            {
                if (Boundary == Boundary.Periodic || coordinates[axis] + 1 < Extents[axis])
                {
                    coordinates[axis]++;
                    yield return (site, Site(coordinates));
                    coordinates[axis]--;
                }
            }
        }
    }

    /// <summary>Number of bonds between each pair of sites, shape [N, N], float64.</summary>
    internal Tensor Adjacency()
    {
        var entries = new double[(long)Sites * Sites];
        foreach (var (first, second) in Bonds())
        {
            entries[((long)first * Sites) + second]++;
            entries[((long)second * Sites) + first]++;
        }

        return tensor(entries, [Sites, Sites], dtype: float64);
    }

    /// <summary>The coordinates of one step along an axis.</summary>
    internal int[] UnitVector(int axis) => [.. Enumerable.Range(0, Extents.Count).Select(other => other == axis ? 1 : 0)];

    /// <summary>Eigenvalues of the adjacency matrix in closed form.</summary>
    /// <remarks>Σ 2 cos(2πk/L) over the axes on a torus, Σ 2 cos(πk/(L+1)) with k from 1 otherwise.</remarks>
    /// <returns>One per wave vector, in the order of the sites.</returns>
    internal double[] AdjacencyEigenvalues() =>
        [.. Enumerable.Range(0, Sites).Select(site => Coordinates(site).Select(AxisEigenvalue).Sum())];

    private double AxisEigenvalue(int wave, int axis) => Boundary == Boundary.Periodic
        ? 2 * Math.Cos(2 * Math.PI * wave / Extents[axis])
        : 2 * Math.Cos(Math.PI * (wave + 1) / (Extents[axis] + 1));
}
