using System.Diagnostics;
using Microsoft.ML;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Data;

/// <summary>The rows of a vector column to learn from, read anew for each pass and never held.</summary>
/// <param name="data">The view.</param>
/// <param name="column">Name of the column.</param>
/// <param name="dimension">Length of its vectors.</param>
/// <param name="rows">Number of rows at which a pass ends.</param>
/// <param name="leftOut">Numbers of the rows that are not learnt from.</param>
/// <param name="tails">Rows with such values are not learnt from either.</param>
internal sealed class FeatureStream(
    IDataView data, string column, int dimension, long rows, IReadOnlySet<long> leftOut, IReadOnlyList<Sentinels.Tail> tails)
{
    private const int MaxRowsOfChunk = 256;
    private const int MaxNumbersOfChunk = 1 << 18;
    private static readonly TimeSpan _maxTimeOfChunk = TimeSpan.FromMilliseconds(100);

    /// <summary>Rows of a pass; where rows are left out because of their values, a few more than it has.</summary>
    public long Count { get; } = rows - leftOut.Count;

    /// <summary>One pass from the first row to the last.</summary>
    /// <param name="inspect">Told of each chunk, with the number of each of its rows in the view.</param>
    /// <param name="cancellation">Ends the reading at the next row.</param>
    public IEnumerable<Tensor> Pass(Action<Tensor, IReadOnlyList<long>>? inspect, CancellationToken cancellation)
    {
        var features = VectorInput.Find(data.Schema, column, dimension);
        var values = new float[dimension * Math.Clamp(MaxNumbersOfChunk / dimension, 1, MaxRowsOfChunk)];
        var numbers = new List<long>();
        var watch = Stopwatch.StartNew();
        using var cursor = data.GetRowCursor([features]);
        var getter = new FeatureGetter(cursor, features);
        for (var row = 0L; row < rows && cursor.MoveNext(); row++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (leftOut.Contains(row))
            {
                continue;
            }

            var place = values.AsSpan(dimension * numbers.Count, dimension);
            getter.CopyTo(place);
            if (IsBeyond(place))
            {
                continue;
            }

            numbers.Add(row);
            if (dimension * numbers.Count < values.Length && watch.Elapsed < _maxTimeOfChunk)
            {
                continue;
            }

            using var chunk = Chunk();
            yield return chunk;
            numbers.Clear();
            watch.Restart();
        }

        if (numbers.Count > 0)
        {
            using var last = Chunk();
            yield return last;
        }

        Tensor Chunk()
        {
            var chunk = TensorRows.FromArray(values, numbers.Count, dimension);
            inspect?.Invoke(chunk, numbers);
            return chunk;
        }
    }

    private bool IsBeyond(ReadOnlySpan<float> row)
    {
        foreach (var tail in tails)
        {
            if (tail.IsBeyond(row[tail.Feature]))
            {
                return true;
            }
        }

        return false;
    }
}
