using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>A <see cref="RowMap"/> applied to single rows as they come, which is what a PredictionEngine does.</summary>
internal sealed class SingleRowMapper(DataViewSchema inputSchema, RowMap map) : IRowToRowMapper
{
    private readonly MappedSchema _schema = new(inputSchema, map);

    public DataViewSchema InputSchema => _schema.Input;

    public DataViewSchema OutputSchema => _schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        _schema.Dependencies(_schema.ActiveColumns(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        if (!ReferenceEquals(input.Schema, InputSchema))
        {
            throw new ArgumentException(
                "The row has another schema than the one this mapper was made for. Make a mapper from the schema of the row.",
                nameof(input));
        }

        return new MappedRow(_schema, input, _schema.ActiveColumns(activeColumns));
    }

    /// <summary>A live row over another one: evaluated when first read, and again when the input has moved. All its memory is
    /// managed.</summary>
    private sealed class MappedRow : DataViewRow
    {
        private readonly MappedSchema _schema;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly RowGetter? _rowGetter;
        private readonly float[] _features;
        private readonly Delegate?[] _getters;
        private MappedParts _parts;
        private MappedBatch? _evaluated;
        private (long Position, MappedParts Parts) _evaluatedFor;

        public MappedRow(MappedSchema schema, DataViewRow input, bool[] active)
        {
            (_schema, _input, _active) = (schema, input, active);
            _features = new float[schema.Map.Width];
            _rowGetter = schema.AnyAdded(active) ? new RowGetter(input, schema) : null;
            _getters = schema.CreateGetters(active, part => (Evaluated(part), 0));
        }

        public override DataViewSchema Schema => _schema.Output;

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => ActiveGetters.IsActive(Schema, _active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ActiveGetters.RequireActive(Schema, _active, column);
            // A PredictionEngine makes every column active, and reads those that its class has. Steps behind this one get a getter for
            // each column they could make, so what costs an evaluation of its own waits until it is read.
            _parts |= _schema.Part(column) & ~MappedParts.Contributions;
            return column.Index < _schema.Input.Count
                ? _input.GetGetter<TValue>(_schema.Input[column.Index])
                : ActiveGetters.Cast<TValue>(_getters[column.Index]!, column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _input.Dispose();
            }

            base.Dispose(disposing);
        }

        // Latent code, score and label of one row cost one evaluation.
        private MappedBatch Evaluated(MappedParts part)
        {
            _parts |= part;
            if (_evaluated is null || _evaluatedFor != (_input.Position, _parts))
            {
                _rowGetter!.CopyTo(_features);
                _evaluated = _schema.Map.Evaluate(_features, 1, Math.Max(_input.Position, 0), _parts);
                _evaluatedFor = (_input.Position, _parts);
            }

            return _evaluated;
        }
    }
}
