using static TorchSharp.torch;

namespace MAFlow.Torch.Lattices;

/// <summary>The real orthonormal Fourier basis of fields on a torus: products of cosines and sines, one of them for each axis.</summary>
/// <remarks>
/// A map that translations and reflections of each axis leave alone is diagonal in it, without complex numbers. Along an axis of L sites
/// come the cosines of waves 0 to ⌊L/2⌋, then the sines of waves 1 to ⌈L/2⌉ - 1. As products of L x L matrices the transform is
/// faster than an FFT up to far beyond L = 64.
/// </remarks>
internal sealed class TorusHarmonics
{
    // One product with the matrix of the whole lattice beats one for each axis up to here.
    private const int MaxWhole = 64;
    private readonly double[][] _matrices;

    /// <param name="lattice">A torus.</param>
    public TorusHarmonics(Lattice lattice)
    {
        var axes = lattice.Extents.Select(Axis).ToList();
        _matrices = lattice.Sites <= MaxWhole ? [axes.Aggregate(Product)] : [.. axes];
        Waves = [.. Enumerable.Range(0, lattice.Sites).Select(function =>
            lattice.Site([.. lattice.Coordinates(function).Select((index, axis) => Wave(index, lattice.Extents[axis]))]))];
    }

    /// <summary>For each basis function the site whose coordinates are its waves along the axes.</summary>
    public IReadOnlyList<int> Waves { get; }

    /// <summary>The transform from sites to waves, with tensors of a type and on a device; the transposed one goes back.</summary>
    public AxisMaps Like(Tensor other) => new([.. _matrices.Select(numbers =>
    {
        using var scope = NewDisposeScope();
        var extent = (long)Math.Round(Math.Sqrt(numbers.Length));
        return tensor(numbers, [extent, extent], dtype: float64).to(other.dtype, other.device).alias().MoveToOuterDisposeScope();
    })]);

    private static int Wave(int index, int extent) => index <= extent / 2 ? index : index - (extent / 2);

    private static double[] Axis(int extent)
    {
        var matrix = new double[extent * extent];
        for (var index = 0; index < extent; index++)
        {
            var wave = Wave(index, extent);
            var scale = Math.Sqrt((wave == 0 || 2 * wave == extent ? 1.0 : 2.0) / extent);
            for (var site = 0; site < extent; site++)
            {
                // The angle from a whole number below L: exact zeros and ones stay so to the last bit.
                var angle = 2 * Math.PI * ((long)wave * site % extent) / extent;
                matrix[(index * extent) + site] = scale * (index <= extent / 2 ? Math.Cos(angle) : Math.Sin(angle));
            }
        }

        return matrix;
    }

    /// <summary>The Kronecker product of two square matrices.</summary>
    private static double[] Product(double[] first, double[] second)
    {
        var (a, b) = ((int)Math.Round(Math.Sqrt(first.Length)), (int)Math.Round(Math.Sqrt(second.Length)));
        var result = new double[first.Length * second.Length];
        for (var row = 0; row < a * b; row++)
        {
            for (var column = 0; column < a * b; column++)
            {
                result[(row * a * b) + column] = first[(row / b * a) + (column / b)] * second[(row % b * b) + (column % b)];
            }
        }

        return result;
    }
}
