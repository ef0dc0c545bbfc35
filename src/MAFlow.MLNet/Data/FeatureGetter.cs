using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>Reads a vector column into plain arrays; what is sparse becomes dense.</summary>
internal sealed class FeatureGetter(DataViewRow row, DataViewSchema.Column column)
{
    private readonly ValueGetter<VBuffer<float>> _getter = row.GetGetter<VBuffer<float>>(column);
    private VBuffer<float> _buffer;

    public void CopyTo(Span<float> destination)
    {
        _getter(ref _buffer);
        if (_buffer.Length != destination.Length)
        {
            throw new InvalidOperationException($"Column '{column.Name}' promises vectors of {destination.Length} numbers, "
                + $"but row {row.Position} has {_buffer.Length}. Repair the source of the data, or its SchemaDefinition.");
        }

        _buffer.CopyTo(destination);
    }
}
