using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>A <see cref="RowMap"/> applied to single rows as they come, which is what a PredictionEngine does.</summary>
internal sealed class BatchedRowMapper(DataViewSchema inputSchema, RowMap map) : IRowToRowMapper
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
            throw new ArgumentException("The row has another schema than the one this mapper was made for. Make a mapper from the schema of the row.", nameof(input));
        }

        return new MappedRow(_schema, input, _schema.ActiveColumns(activeColumns));
    }
}
