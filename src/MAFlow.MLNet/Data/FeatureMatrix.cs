using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Data;

/// <summary>The rows of a vector column in one array of <see cref="Rows"/> times <see cref="Dimension"/> numbers of four bytes.</summary>
internal sealed record FeatureMatrix(float[] Values, int Rows, int Dimension)
{
    /// <summary>Reads the column once, from the first row to the last.</summary>
    /// <param name="data">The view; it is read with a single cursor.</param>
    /// <param name="column">Name of the column.</param>
    /// <param name="dimension">The length its vectors must have, where that is known.</param>
    /// <param name="checkAlive">Called now and then; throws to end the reading.</param>
    /// <exception cref="InvalidOperationException">There are no rows, too many for one array, or rows with missing values.</exception>
    public static FeatureMatrix Read(IDataView data, string column, int? dimension = null, Action? checkAlive = null) =>
        Read(data, column, sample: null, dimension, checkAlive);

    private static FeatureMatrix Read(IDataView data, string column, Reservoir? sample, int? dimension, Action? checkAlive)
    {
        var features = VectorInput.Find(data.Schema, column, dimension);
        var size = VectorInput.Dimension(features);
        var expectedRows = Math.Min(Math.Max(data.GetRowCount() ?? 1024, 1), sample?.Size ?? long.MaxValue);
        if (expectedRows > MaximumRows(size))
        {
            throw TooManyRows(size, column);
        }

        var values = new float[size * (int)expectedRows];
        using var cursor = data.GetRowCursor([features]);
        var getter = new FeatureGetter(cursor, features);
        var missing = new MissingValues(column);
        var buffer = new float[size];
        var rows = 0L;
        for (; cursor.MoveNext(); rows++)
        {
            if (rows % 1024 == 0)
            {
                checkAlive?.Invoke();
            }

            getter.CopyTo(buffer);
            missing.Count(buffer, rows);
            if ((sample is null ? rows : sample.PlaceOf(rows)) is not { } place)
            {
                continue;
            }

            if ((place + 1) * size > values.Length)
            {
                Array.Resize(ref values, Grow(values.Length, size, column));
            }

            buffer.CopyTo(values.AsSpan((int)place * size));
        }

        if (rows == 0)
        {
            throw new InvalidOperationException($"Empty data in column '{column}': expected at least one row, got none. "
                + "Check the source of the data, and the filters before this step.");
        }

        missing.ThrowIfAny(rows);
        return new FeatureMatrix(values, (int)Math.Min(rows, sample?.Size ?? rows), size);
    }

    /// <summary>Reads the column once and keeps a random sample of its rows where there are more than <paramref name="mostRows"/>: memory is bounded.</summary>
    /// <exception cref="InvalidOperationException">There are no rows, or rows with missing values.</exception>
    public static FeatureMatrix Sample(IDataView data, string column, int mostRows, int seed, Action? checkAlive = null) =>
        Read(data, column, new Reservoir(mostRows, seed), dimension: null, checkAlive);

    /// <summary>Draws a share of the rows and takes them out; the others stay in this array, in another order.</summary>
    public (FeatureMatrix Kept, FeatureMatrix? SetAside) SetAside(double fraction, int seed) => SetAside((int)(fraction * Rows), seed);

    /// <summary>Draws so many rows and takes them out; the others stay in this array, in another order.</summary>
    public (FeatureMatrix Kept, FeatureMatrix? SetAside) SetAside(int count, int seed)
    {
        if (count == 0)
        {
            return (this, null);
        }

        var random = new Random(seed);
        var row = new float[Dimension];
        for (var last = Rows - 1; last >= Rows - count; last--)
        {
            var chosen = Row(random.Next(last + 1));
            chosen.CopyTo(row);
            Row(last).CopyTo(chosen);
            row.CopyTo(Row(last));
        }

        var aside = Values.AsSpan((Rows - count) * Dimension, count * Dimension).ToArray();
        return (this with { Rows = Rows - count }, new FeatureMatrix(aside, count, Dimension));
    }

    /// <summary>Standard deviation of each feature; 1 for constant ones, which have no unit of their own.</summary>
    public float[] Deviations()
    {
        using var scope = NewDisposeScope();
        var rows = ToTensor().to(ScalarType.Float64);
        using var one = 1.ToScalar();
        return TensorRows.ToArray(rows.std(0, unbiased: false).masked_fill(rows.eq(rows[0]).all(0), one));
    }

    /// <summary>A copy as a tensor [rows, dimension].</summary>
    public Tensor ToTensor() => TensorRows.FromArray(Values, Rows, Dimension);

    private Span<float> Row(int row) => Values.AsSpan(row * Dimension, Dimension);

    private static int MaximumRows(int size) => Array.MaxLength / size;

    private static int Grow(int length, int size, string column)
    {
        var rows = Math.Min(2L * (length / size), MaximumRows(size));
        if (rows * size <= length)
        {
            throw TooManyRows(size, column);
        }

        return (int)(rows * size);
    }

    private static InvalidOperationException TooManyRows(int size, string column) =>
        new($"Expected at most {MaximumRows(size)} rows of {size} numbers in column '{column}', which is what one array can hold, got more. "
            + "Train on fewer rows, for example those of mlContext.Data.TakeRows.");

    /// <summary>Counts rows that hold a number that is missing or infinite, so that one message can speak of all of them.</summary>
    private sealed class MissingValues(string column)
    {
        private long _count;
        private long _first;

        public void Count(ReadOnlySpan<float> values, long row)
        {
            if (Finite.All(values))
            {
                return;
            }

            if (_count++ == 0)
            {
                _first = row;
            }
        }

        public void ThrowIfAny(long rows)
        {
            if (_count > 0)
            {
                throw new InvalidOperationException($"Column '{column}' must hold finite numbers, but {_count} of its {rows} rows hold NaN or an infinite value, "
                    + $"first row {_first} (counted from 0). Put mlContext.Transforms.ReplaceMissingValues(\"{column}\") before this step, or drop those rows.");
            }
        }
    }
}
