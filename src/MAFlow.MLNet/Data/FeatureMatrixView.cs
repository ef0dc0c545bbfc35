using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>A <see cref="FeatureMatrix"/> as a view with one column.</summary>
internal sealed class FeatureMatrixView : IDataView
{
    private readonly FeatureMatrix _matrix;

    public FeatureMatrixView(FeatureMatrix matrix, string columnName)
    {
        _matrix = matrix;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(columnName, new VectorDataViewType(NumberDataViewType.Single, matrix.Dimension));
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
            return ActiveGetters.Cast<TValue>(new ValueGetter<VBuffer<float>>(Get), column);
        }

        private void Get(ref VBuffer<float> value) =>
            VBuffer<float>.Copy(view._matrix.Values, CurrentRow() * view._matrix.Dimension, ref value, view._matrix.Dimension);

        private int CurrentRow() => Position >= 0 ? _row
            : throw new InvalidOperationException("The cursor stands at no row: call MoveNext first, and read no more once it has "
                + "returned false.");
    }
}
