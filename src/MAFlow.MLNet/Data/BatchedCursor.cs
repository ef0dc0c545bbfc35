using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>Reads a batch of rows ahead, evaluates it once, then hands its rows out one by one.</summary>
/// <remarks>There is one cursor over the input. What else was asked of its rows is kept until their turn comes.</remarks>
internal sealed class BatchedCursor : DataViewRowCursor
{
    private readonly MappedSchema _schema;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly MappedParts _parts;
    private readonly RowGetter _rowGetter;
    private readonly float[] _features;
    private readonly List<ColumnSnapshot> _snapshots = [];
    private readonly Delegate?[] _getters;
    private readonly ValueGetter<DataViewRowId> _inputId;
    private readonly DataViewRowId[] _ids;
    private MappedBatch _batch = MappedBatch.Empty;
    private int _rows;
    private int _row;
    private long _position = -1;
    private bool _finished;

    public BatchedCursor(MappedSchema schema, DataViewRowCursor input, bool[] active)
    {
        _schema = schema;
        _input = input;
        (_active, _parts) = (active, schema.Parts(active));
        var batchSize = schema.Map.BatchSize;
        _rowGetter = new RowGetter(input, schema);
        _features = new float[checked(batchSize * schema.Map.Width)];
        _inputId = input.GetIdGetter();
        _ids = new DataViewRowId[batchSize];
        _getters = schema.CreateGetters(active, _ => (_batch, CurrentRow()));
        foreach (var column in schema.PassedThrough(active))
        {
            var snapshot = ColumnSnapshot.Create(input, column, batchSize);
            _snapshots.Add(snapshot);
            _getters[column.Index] = snapshot.CreateGetter(CurrentRow);
        }
    }

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _position;

    /// <summary>Zero: the rows come in the order of the input.</summary>
    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => ActiveGetters.IsActive(Schema, _active, column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ActiveGetters.RequireActive(Schema, _active, column);
        return ActiveGetters.Cast<TValue>(_getters[column.Index]!, column);
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[CurrentRow()];

    public override bool MoveNext()
    {
        if (_finished)
        {
            return false;
        }

        if (_row + 1 < _rows)
        {
            _row++;
            _position++;
            return true;
        }

        // Where reading or evaluating throws, the cursor has ended: rows and ids are those of a batch that has no numbers.
        var next = _position + 1;
        (_finished, _position) = (true, -1);
        ReadBatch(next);
        if (_rows > 0)
        {
            (_finished, _position) = (false, next);
        }

        return !_finished;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
        }

        _finished = true;
        _position = -1;
        base.Dispose(disposing);
    }

    private void ReadBatch(long firstRow)
    {
        var width = _schema.Map.Width;
        _row = 0;
        for (_rows = 0; _rows < _ids.Length && _input.MoveNext(); _rows++)
        {
            _rowGetter.CopyTo(_features.AsSpan(_rows * width, width));
            _inputId(ref _ids[_rows]);
            foreach (var snapshot in _snapshots)
            {
                snapshot.Capture(_rows);
            }
        }

        if (_rows > 0)
        {
            _batch = _schema.Map.Evaluate(_features, _rows, firstRow, _parts);
        }
    }

    private int CurrentRow() => _position >= 0 ? _row
        : throw new InvalidOperationException("The cursor stands at no row: call MoveNext first, and read no more once it has "
            + "returned false.");
}
