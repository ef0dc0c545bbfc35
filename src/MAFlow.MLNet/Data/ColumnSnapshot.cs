using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>Keeps the values of one input column for the rows of a batch, so that they can be handed on after the input has moved
/// ahead.</summary>
internal abstract class ColumnSnapshot
{
    /// <summary>Takes the value of the row at which the input stands.</summary>
    public abstract void Capture(int row);

    /// <summary>A getter for the row that <paramref name="current"/> names.</summary>
    public abstract Delegate CreateGetter(Func<int> current);

    /// <summary>A snapshot for any column type, those of third parties included.</summary>
    public static ColumnSnapshot Create(DataViewRow input, DataViewSchema.Column column, int rows)
    {
        var type = column.Type is VectorDataViewType vector
            ? typeof(VectorSnapshot<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ScalarSnapshot<>).MakeGenericType(column.Type.RawType);
        return (ColumnSnapshot)Activator.CreateInstance(type, input, column, rows)!;
    }

    private sealed class ScalarSnapshot<T>(DataViewRow input, DataViewSchema.Column column, int rows) : ColumnSnapshot
    {
        private readonly ValueGetter<T> _input = input.GetGetter<T>(column);
        private readonly T[] _values = new T[rows];

        public override void Capture(int row)
        {
            // A fresh slot: a getter may dispose the object it is given back (images do), and the last one may be in use.
            T value = default!;
            _input(ref value);
            _values[row] = value;
        }

        public override Delegate CreateGetter(Func<int> current) => new ValueGetter<T>((ref T value) => value = _values[current()]);
    }

    private sealed class VectorSnapshot<T>(DataViewRow input, DataViewSchema.Column column, int rows) : ColumnSnapshot
    {
        private readonly ValueGetter<VBuffer<T>> _input = input.GetGetter<VBuffer<T>>(column);
        private readonly VBuffer<T>[] _values = new VBuffer<T>[rows];

        public override void Capture(int row) => _input(ref _values[row]);

        // The reader owns the buffer it brings, so it gets a copy and never the arrays of the batch.
        public override Delegate CreateGetter(Func<int> current) =>
            new ValueGetter<VBuffer<T>>((ref VBuffer<T> value) => _values[current()].CopyTo(ref value));
    }
}
