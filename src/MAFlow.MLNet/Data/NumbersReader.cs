using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>Reads the numbers of one column to their place in a row, and counts rows that hold one that is missing or infinite, so that one
/// message can speak of all of them.</summary>
internal sealed class NumbersReader
{
    private readonly FeatureGetter? _vector;
    private readonly ValueGetter<float>? _scalar;
    private readonly string _name;
    private readonly int _start;
    private readonly int _width;
    private long _missing;
    private long _firstMissing;

    private NumbersReader(DataViewRow row, DataViewSchema.Column column, int start)
    {
        (_name, _start, _width) = (column.Name, start, WidthOf(column));
        (_vector, _scalar) = column.Type is VectorDataViewType
            ? (new FeatureGetter(row, column), null) : ((FeatureGetter?)null, row.GetGetter<float>(column));
    }

    /// <summary>How many numbers a column has: of a vector its length, of a Single one.</summary>
    public static int WidthOf(DataViewSchema.Column column) => column.Type is VectorDataViewType ? VectorInput.Dimension(column) : 1;

    /// <summary>A reader for each of some columns, whose numbers stand side by side.</summary>
    public static IReadOnlyList<NumbersReader> Of(DataViewRow row, IReadOnlyList<DataViewSchema.Column> columns) =>
        [.. columns.Select((column, place) => new NumbersReader(row, column, columns.Take(place).Sum(WidthOf)))];

    /// <summary>Copies the numbers of the row at which the input stands.</summary>
    /// <param name="buffer">A row of all columns.</param>
    /// <param name="row">The number of the row.</param>
    public void CopyTo(float[] buffer, long row)
    {
        var place = buffer.AsSpan(_start, _width);
        _vector?.CopyTo(place);
        _scalar?.Invoke(ref place[0]);
        if (!TensorPrimitives.IsFiniteAll<float>(place) && _missing++ == 0)
        {
            _firstMissing = row;
        }
    }

    /// <exception cref="InvalidOperationException">A row held a number that is not finite.</exception>
    public void ThrowIfAnyMissing(long rows)
    {
        if (_missing > 0)
        {
            throw new InvalidOperationException($"Column '{_name}' must hold finite numbers, but {_missing} of its {rows} rows "
                + $"hold NaN or an infinite value, first row {_firstMissing} (counted from 0). Put "
                + $"mlContext.Transforms.ReplaceMissingValues(\"{_name}\") before this step, or drop those rows.");
        }
    }
}
