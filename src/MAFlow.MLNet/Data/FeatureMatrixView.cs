using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>A <see cref="FeatureMatrix"/> as a view: all of its numbers in one column, or in several side by side.</summary>
internal sealed class FeatureMatrixView : IDataView
{
    private readonly FeatureMatrix _matrix;
    private readonly int[] _widths;

    public FeatureMatrixView(FeatureMatrix matrix, string columnName)
        : this(matrix, (columnName, matrix.Dimension))
    {
    }

    /// <param name="matrix">The rows.</param>
    /// <param name="columns">Names and widths of the columns, which together are as wide as the rows.</param>
    public FeatureMatrixView(FeatureMatrix matrix, params (string Name, int Width)[] columns)
    {
        (_matrix, _widths) = (matrix, [.. columns.Select(column => column.Width)]);
        var builder = new DataViewSchema.Builder();
        foreach (var (name, width) in columns)
        {
            builder.AddColumn(name, new VectorDataViewType(NumberDataViewType.Single, width));
        }

        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _matrix.Rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, ActiveGetters.Of(Schema, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(FeatureMatrixView view, bool[] active) : DataViewRowCursor
    {
        private int _row = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _row < view._matrix.Rows ? _row : -1;

        public override long Batch => 0;

        public override bool MoveNext() => _row < view._matrix.Rows && ++_row < view._matrix.Rows;

        public override bool IsColumnActive(DataViewSchema.Column column) => ActiveGetters.IsActive(Schema, active, column);

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId value) => value = new DataViewRowId((ulong)CurrentRow(), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ActiveGetters.RequireActive(Schema, active, column);
            var (start, width) = (view._widths.Take(column.Index).Sum(), view._widths[column.Index]);
            return ActiveGetters.Cast<TValue>(
                new ValueGetter<VBuffer<float>>((ref VBuffer<float> value) => VBuffer<float>.Copy(
                    view._matrix.Values, (CurrentRow() * view._matrix.Dimension) + start, ref value, width)), column);
        }

        private int CurrentRow() => Position >= 0 ? _row
            : throw new InvalidOperationException("The cursor stands at no row: call MoveNext first, and read no more once it has "
                + "returned false.");
    }
}
