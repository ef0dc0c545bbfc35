using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Counts what is asked of a view.</summary>
internal sealed class CountingView(IDataView view) : IDataView
{
    public int Cursors { get; private set; }

    public int Open { get; private set; }

    public int RowsRead { get; private set; }

    public List<string> ColumnsAsked { get; } = [];

    public DataViewSchema Schema => view.Schema;

    public bool CanShuffle => view.CanShuffle;

    /// <summary>What the view says of its length; that of the view behind it when null.</summary>
    public long? ClaimedRows { get; init; }

    public long? GetRowCount() => ClaimedRows ?? view.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Cursors++;
        Open++;
        ColumnsAsked.AddRange(columnsNeeded.Select(column => column.Name));
        return new Cursor(this, view.GetRowCursor(columnsNeeded, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(CountingView owner, DataViewRowCursor cursor) : DataViewRowCursor
    {
        public override DataViewSchema Schema => cursor.Schema;

        public override long Position => cursor.Position;

        public override long Batch => cursor.Batch;

        public override bool MoveNext()
        {
            var moved = cursor.MoveNext();
            owner.RowsRead += moved ? 1 : 0;
            return moved;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => cursor.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => cursor.IsColumnActive(column);

        protected override void Dispose(bool disposing)
        {
            owner.Open--;
            cursor.Dispose();
            base.Dispose(disposing);
        }
    }
}
