using Microsoft.ML;

namespace MAFlow.MLNet.Data;

/// <summary>Reads a column of vectors, and what belongs to them, once, from the first row to the last and with a single cursor, into a
/// <see cref="FeatureMatrix"/>.</summary>
internal static class FeatureReader
{
    private const int RowsBetweenLooks = 1024;
    private const int MillisecondsBetweenLooks = 50;

    /// <summary>Reads all rows.</summary>
    /// <param name="data">The view.</param>
    /// <param name="column">Name of the column.</param>
    /// <param name="dimension">The length its vectors must have, where that is known.</param>
    /// <param name="checkAlive">Called now and then; throws to end the reading.</param>
    /// <param name="context">A second column of vectors, which stand behind those of the first; null for none.</param>
    /// <param name="contextDimension">The length that these must have, where that is known.</param>
    /// <exception cref="InvalidOperationException">There are no rows, too many for one array, or rows with missing values.</exception>
    public static FeatureMatrix Read(
        IDataView data, string column, int? dimension = null, Action? checkAlive = null, string? context = null,
        int? contextDimension = null)
    {
        var features = VectorInput.Find(data.Schema, column, dimension);
        return Read(data, features, context is null ? [] :
            [VectorInput.Find(data.Schema, context, contextDimension, VectorInput.ContextRole)], sample: null, checkAlive, isTimeUp: null);
    }

    /// <summary>Keeps a random sample of the rows where there are more than <paramref name="maxRows"/>: memory is bounded.</summary>
    /// <param name="data">The view.</param>
    /// <param name="column">Name of the column.</param>
    /// <param name="maxRows">Largest number of rows that are kept.</param>
    /// <param name="seed">Of the sample.</param>
    /// <param name="checkAlive">Called now and then; throws to end the reading.</param>
    /// <param name="isTimeUp">Asked now and then; ends the reading with the rows that there are.</param>
    /// <param name="minRows">So many rows are read whatever the time: compiling a pipeline may take longer than reading its rows.</param>
    /// <exception cref="InvalidOperationException">There are no rows, or rows with missing values.</exception>
    /// <param name="label">A column of Single, whose value stands behind the features of each row; null for none.</param>
    public static FeatureMatrix Sample(IDataView data, string column, int maxRows, int seed, Action? checkAlive = null,
        Func<bool>? isTimeUp = null, int minRows = 0, string? label = null) =>
        Read(data, VectorInput.Find(data.Schema, column), label is null ? [] : [LabelInput.Find(data.Schema, label)],
            new Reservoir(maxRows, seed), checkAlive, isTimeUp, minRows);

    private static FeatureMatrix Read(
        IDataView data, DataViewSchema.Column features, DataViewSchema.Column[] others, Reservoir? sample, Action? checkAlive,
        Func<bool>? isTimeUp, int minRows = 0)
    {
        DataViewSchema.Column[] read = [features, .. others];
        var column = features.Name;
        var size = read.Sum(NumbersReader.WidthOf);
        var expectedRows = Math.Min(Math.Max(data.GetRowCount() ?? 1024, 1), sample?.Size ?? long.MaxValue);
        if (expectedRows > MaxRows(size))
        {
            throw TooManyRows(size, column);
        }

        var values = new float[size * (int)expectedRows];
        // Only a sample changes the order of the rows.
        var numbers = sample is null ? null : new List<long>();
        using var cursor = data.GetRowCursor(read);
        var readers = NumbersReader.Of(cursor, read);
        var buffer = new float[size];
        var (rows, looked, isCut) = (0L, Environment.TickCount64, false);
        for (; !isCut && cursor.MoveNext(); rows++)
        {
            if (rows % RowsBetweenLooks == 0 || Environment.TickCount64 - looked > MillisecondsBetweenLooks)
            {
                looked = Environment.TickCount64;
                checkAlive?.Invoke();
                isCut = rows >= minRows && (isTimeUp?.Invoke() ?? false);
            }

            foreach (var reader in readers)
            {
                reader.CopyTo(buffer, rows);
            }

            if ((sample is null ? rows : sample.PlaceOf(rows)) is not { } place)
            {
                continue;
            }

            if ((place + 1) * size > values.Length)
            {
                Array.Resize(ref values, Grow(values.Length, size, column));
            }

            buffer.CopyTo(values.AsSpan((int)place * size));
            if (place == numbers?.Count)
            {
                numbers.Add(rows);
            }
            else if (numbers is not null)
            {
                numbers[(int)place] = rows;
            }
        }

        if (rows == 0)
        {
            throw new InvalidOperationException($"Empty data in column '{column}': expected at least one row, got none. "
                + "Check the source of the data, and the filters before this step.");
        }

        foreach (var reader in readers)
        {
            reader.ThrowIfAnyMissing(rows);
        }

        return new FeatureMatrix(values, numbers?.Count ?? (int)rows, size) { Numbers = numbers?.ToArray(), Seen = rows, IsCut = isCut };
    }

    private static int MaxRows(int size) => Array.MaxLength / size;

    private static int Grow(int length, int size, string column)
    {
        var rows = Math.Min(2L * (length / size), MaxRows(size));
        if (rows * size <= length)
        {
            throw TooManyRows(size, column);
        }

        return (int)(rows * size);
    }

    private static InvalidOperationException TooManyRows(int size, string column) =>
        new($"Expected at most {MaxRows(size)} rows of {size} numbers in column '{column}', which is what one array can hold, got more. "
            + "Train on fewer rows, for example those of mlContext.Data.TakeRows.");

    /// <summary>A uniform random sample of rows that come one after the other, as many as there may be (Vitter 1985, algorithm
    /// R).</summary>
    private sealed class Reservoir(int size, int seed)
    {
        private readonly Random _random = new(seed);

        public int Size => size;

        /// <summary>Where the row with this number is kept, which may be another's place; null if it is not kept.</summary>
        public long? PlaceOf(long row)
        {
            var place = row < size ? row : _random.NextInt64(row + 1);
            return place < size ? place : null;
        }
    }
}
