using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>A view with the columns of a <see cref="RowMap"/>. Nothing is computed before a cursor asks for one of them.</summary>
internal sealed class BatchedView(IDataView source, RowMap map) : LinkedView(source)
{
    private readonly MappedSchema _schema = new(source.Schema, map);

    public override DataViewSchema Schema => _schema.Output;

    /// <summary>False: reading ahead is what makes batches.</summary>
    public override bool CanShuffle => false;

    public override long? GetRowCount() => Source.GetRowCount();

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = _schema.ActiveColumns(columnsNeeded);
        var input = Source.GetRowCursor(_schema.Dependencies(active));
        return _schema.AnyAdded(active) ? new BatchedCursor(_schema, input, active) : new PassThroughCursor(_schema, input, active);
    }

    /// <summary>One cursor: a batch already keeps all cores busy, and several would only compete.</summary>
    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    protected override void SaveAsOnnx(ConvertedGraph graph) => map.SaveAsOnnx(graph);

    /// <summary>The input's cursor under the schema of the output, for readers who ask for none of the new columns.</summary>
    private sealed class PassThroughCursor(MappedSchema schema, DataViewRowCursor input, bool[] active) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema.Output;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => ActiveGetters.IsActive(Schema, active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ActiveGetters.RequireActive(Schema, active, column);
            return input.GetGetter<TValue>(schema.Input[column.Index]);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
