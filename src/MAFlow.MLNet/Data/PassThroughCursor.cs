using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>The input's cursor under the schema of the output, for readers who ask for none of the new columns.</summary>
internal sealed class PassThroughCursor(MappedSchema schema, DataViewRowCursor input, bool[] active) : DataViewRowCursor
{
    public override DataViewSchema Schema => schema.Output;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => ActiveGetters.IsActive(active, column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ActiveGetters.RequireActive(active, column);
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
