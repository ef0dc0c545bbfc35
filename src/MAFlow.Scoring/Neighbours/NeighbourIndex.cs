using System.Buffers;
using System.Numerics;

namespace MAFlow.Scoring.Neighbours;

/// <summary>Mean distance of a row to the k nearest of R reference rows: exact search, in float64.</summary>
/// <remarks>
/// Coordinates are u = (x - centre) · scale. |u - r|² = |u|² + |r|² - 2 u·r: one matrix product finds the nearest, whose distances are then
/// computed without the cancellation. A row has one result, bit for bit, in whatever batch and on however many threads.
/// A row with NaN has the distance NaN, one with an infinite value ∞.
/// </remarks>
internal sealed partial class NeighbourIndex
{
    // The distances of a block to all references stay in the cache.
    private const int RowsPerBlock = 12;
    private const double WorkOfOneThread = 4e6;
    private readonly Kernels<double> _kernels = Kernels.Double(Kernels.Best);
    private readonly Panels<double> _references;
    private readonly double[] _coordinates;
    private readonly double[] _squares;

    /// <param name="references">Reference rows [R, N], more than k.</param>
    /// <param name="centre">What is taken from each feature [N].</param>
    /// <param name="scale">What it is then multiplied by [N].</param>
    /// <param name="neighbours">k, at least 1.</param>
    public NeighbourIndex(float[] references, float[] centre, float[] scale, int neighbours)
    {
        (Rows, Centre, Scale, Neighbours) = (references, centre, scale, neighbours);
        Count = references.Length / Dimension;
        _coordinates = new double[references.Length];
        for (var row = 0; row < Count; row++)
        {
            ToCoordinates(references.AsSpan(row * Dimension, Dimension), _coordinates.AsSpan(row * Dimension));
        }

        _references = new(Dimension, Count, (feature, row) => _coordinates[(row * Dimension) + feature]);
        // Columns that only fill up a panel are never near.
        _squares = new double[_references.Columns];
        Array.Fill(_squares, double.PositiveInfinity);
        for (var row = 0; row < Count; row++)
        {
            var own = _coordinates.AsSpan(row * Dimension, Dimension);
            _squares[row] = SquaredDistance(own, new double[Dimension]);
        }
    }

    /// <summary>Reference rows [R, N] as they were given.</summary>
    public float[] Rows { get; }

    /// <summary>What is taken from each feature [N].</summary>
    public float[] Centre { get; }

    /// <summary>What it is then multiplied by [N].</summary>
    public float[] Scale { get; }

    /// <summary>Number k of neighbours.</summary>
    public int Neighbours { get; }

    /// <summary>Number N of features.</summary>
    public int Dimension => Centre.Length;

    /// <summary>Number R of references.</summary>
    public int Count { get; }

    /// <summary>Mean distances of rows to their k nearest references.</summary>
    /// <param name="rows">Rows [B, N].</param>
    /// <param name="distances">Filled with the distances [B].</param>
    /// <param name="areReferences">Whether row i is reference i, which is then not its own neighbour.</param>
    public void Measure(float[] rows, float[] distances, bool areReferences = false)
    {
        var blocks = (distances.Length + RowsPerBlock - 1) / RowsPerBlock;
        if (blocks == 1 || (double)distances.Length * Dimension * Count < WorkOfOneThread)
        {
            for (var block = 0; block < blocks; block++)
            {
                MeasureBlock(rows, distances, block, areReferences);
            }

            return;
        }

        Parallel.For(0, blocks, block => MeasureBlock(rows, distances, block, areReferences));
    }

    private void MeasureBlock(float[] rows, float[] distances, int block, bool areReferences)
    {
        var first = block * RowsPerBlock;
        var count = Math.Min(RowsPerBlock, distances.Length - first);
        var points = new double[count * Dimension];
        for (var row = 0; row < count; row++)
        {
            ToCoordinates(rows.AsSpan((first + row) * Dimension, Dimension), points.AsSpan(row * Dimension));
        }

        // |r|² - 2 u·r orders references as |u - r|² does.
        var rented = ArrayPool<double>.Shared.Rent(count * _references.Columns);
        var products = rented.AsSpan(0, count * _references.Columns);
        _kernels.Multiply(points, Dimension, count, _references, _squares, 0, -2, products);
        Span<double> squares = stackalloc double[Neighbours];
        Span<int> places = stackalloc int[Neighbours];
        var nearest = new NearestDistances(squares, places);
        for (var row = 0; row < count; row++)
        {
            var point = points.AsSpan(row * Dimension, Dimension);
            var original = rows.AsSpan((first + row) * Dimension, Dimension);
            nearest.Clear();
            Search(products.Slice(row * _references.Columns, _references.Columns), nearest, areReferences ? first + row : -1);
            distances[first + row] = Distance(original, point, nearest.Rows);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    private static void Search(ReadOnlySpan<double> squares, NearestDistances nearest, int leftOut)
    {
        for (var start = 0; start < squares.Length; start += Vector<double>.Count)
        {
            var several = squares.Slice(start, Vector<double>.Count);
            if (!Vector.LessThanAny(new Vector<double>(several), new Vector<double>(nearest.Bound)))
            {
                continue;
            }

            for (var i = 0; i < several.Length; i++)
            {
                if (start + i != leftOut)
                {
                    nearest.Add(several[i], start + i);
                }
            }
        }
    }

    private float Distance(ReadOnlySpan<float> row, ReadOnlySpan<double> point, ReadOnlySpan<int> nearest)
    {
        var (isMissing, isFinite) = (false, true);
        foreach (var value in row)
        {
            isMissing |= float.IsNaN(value);
            isFinite &= float.IsFinite(value);
        }

        if (!isFinite)
        {
            return isMissing ? float.NaN : float.PositiveInfinity;
        }

        var sum = 0.0;
        foreach (var reference in nearest)
        {
            sum += Math.Sqrt(SquaredDistance(point, _coordinates.AsSpan(reference * Dimension, Dimension)));
        }

        // However far, a finite row has a finite distance.
        return (float)Math.Min(sum / Neighbours, float.MaxValue);
    }

    private static double SquaredDistance(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            var difference = left[i] - right[i];
            sum += difference * difference;
        }

        return sum;
    }

    private void ToCoordinates(ReadOnlySpan<float> row, Span<double> coordinates)
    {
        for (var feature = 0; feature < Dimension; feature++)
        {
            coordinates[feature] = ((double)row[feature] - Centre[feature]) * Scale[feature];
        }
    }
}
