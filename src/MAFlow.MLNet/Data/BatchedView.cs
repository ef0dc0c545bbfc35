using Microsoft.ML;

namespace MAFlow.MLNet.Data;

/// <summary>A view with the columns of a <see cref="RowMap"/>. Nothing is computed before a cursor asks for one of them.</summary>
internal sealed class BatchedView(IDataView source, RowMap map) : IDataView
{
    private readonly MappedSchema _schema = new(source.Schema, map);

    public DataViewSchema Schema => _schema.Output;

    /// <summary>False: reading ahead is what makes batches.</summary>
    public bool CanShuffle => false;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = _schema.ActiveColumns(columnsNeeded);
        var input = source.GetRowCursor(_schema.Dependencies(active));
        return _schema.AnyAdded(active) ? new BatchedCursor(_schema, input, active) : new PassThroughCursor(_schema, input, active);
    }

    /// <summary>One cursor: a batch already keeps all cores busy, and several would only compete.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
