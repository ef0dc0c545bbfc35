using Microsoft.ML;

namespace MAFlow.MLNet.Data;

/// <summary>Reads what a <see cref="RowMap"/> needs of a row: its vector, its context, and its label where the map has a place for
/// one.</summary>
internal sealed class RowGetter
{
    private readonly FeatureGetter _features;
    private readonly FeatureGetter? _context;
    private readonly ValueGetter<float>? _label;
    private readonly int _dimension;
    private readonly int _labelPlace;

    public RowGetter(DataViewRow row, MappedSchema schema)
    {
        _features = new FeatureGetter(row, schema.Features);
        _context = schema.Context is { } context ? new FeatureGetter(row, context) : null;
        _dimension = schema.Map.Dimension;
        _labelPlace = _dimension + schema.Map.ContextDimension;
        _label = schema.Label is { } label && row.IsColumnActive(label) ? row.GetGetter<float>(label) : null;
    }

    /// <summary>Copies the numbers of the row at which the input stands.</summary>
    /// <param name="destination">As many as the map's width.</param>
    public void CopyTo(Span<float> destination)
    {
        _features.CopyTo(destination[.._dimension]);
        _context?.CopyTo(destination[_dimension.._labelPlace]);
        if (destination.Length > _labelPlace)
        {
            var label = float.NaN;
            _label?.Invoke(ref label);
            destination[_labelPlace] = label;
        }
    }
}
