using Microsoft.ML;

namespace MAFlow.MLNet.Data;

/// <summary>Reads what a <see cref="RowMap"/> needs of a row: its vector, and its label where the map has a place for one.</summary>
internal sealed class RowGetter
{
    private readonly FeatureGetter _features;
    private readonly ValueGetter<float>? _label;
    private readonly int _dimension;

    public RowGetter(DataViewRow row, MappedSchema schema)
    {
        _features = new FeatureGetter(row, schema.Features);
        _dimension = schema.Map.Dimension;
        _label = schema.Label is { } label && row.IsColumnActive(label) ? row.GetGetter<float>(label) : null;
    }

    /// <summary>Copies the numbers of the row at which the input stands.</summary>
    /// <param name="destination">As many as the map's width.</param>
    public void CopyTo(Span<float> destination)
    {
        _features.CopyTo(destination[.._dimension]);
        if (destination.Length > _dimension)
        {
            var label = float.NaN;
            _label?.Invoke(ref label);
            destination[_dimension] = label;
        }
    }
}
