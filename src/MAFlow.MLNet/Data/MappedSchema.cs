using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>The columns of a view with those of a <see cref="RowMap"/> behind them. Input columns keep their index.</summary>
internal sealed class MappedSchema
{
    private readonly IReadOnlyList<MappedColumn> _added;

    public MappedSchema(DataViewSchema input, RowMap map)
    {
        Input = input;
        Map = map;
        Features = VectorInput.Find(input, map.InputColumnName, map.Dimension);
        Context = map.ContextColumnName is { } context
            ? VectorInput.Find(input, context, map.ContextDimension, VectorInput.ContextRole) : null;
        Label = map.LabelColumnName is { } name && input.GetColumnOrNull(name) is { } label && label.Type.Equals(NumberDataViewType.Single)
            ? label : null;
        _added = map.CreateColumns(input);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach (var column in _added)
        {
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }

        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    public RowMap Map { get; }

    /// <summary>The input column that is read.</summary>
    public DataViewSchema.Column Features { get; }

    /// <summary>The column of contexts that is read beside it; null where the map reads none.</summary>
    public DataViewSchema.Column? Context { get; }

    /// <summary>The label that is read beside it; null where the map reads none, or there is none of Single.</summary>
    public DataViewSchema.Column? Label { get; }

    /// <summary>Which columns of <see cref="Output"/> are asked for, by index.</summary>
    public bool[] ActiveColumns(IEnumerable<DataViewSchema.Column> columnsNeeded) => ActiveGetters.Of(Output, columnsNeeded);

    /// <summary>What a column reads of a batch; nothing where it is one of the input.</summary>
    public MappedParts Part(DataViewSchema.Column column) =>
        column.Index < Input.Count ? MappedParts.None : _added[column.Index - Input.Count].Part;

    /// <summary>What the active columns read of a batch.</summary>
    public MappedParts Parts(bool[] active) =>
        Output.Where(column => active[column.Index]).Aggregate(MappedParts.None, (parts, column) => parts | Part(column));

    public bool AnyAdded(bool[] active) => active.AsSpan(Input.Count).Contains(true);

    /// <summary>The input columns that the active columns are made of.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies(bool[] active)
    {
        var readsFeatures = AnyAdded(active);
        var readsLabel = Parts(active).HasFlag(MappedParts.LogLikelihoods);
        return Input.Where(column => active[column.Index]
            || readsFeatures && (column.Index == Features.Index || column.Index == Context?.Index)
            || readsLabel && column.Index == Label?.Index);
    }

    /// <summary>The input columns that are handed on as they are.</summary>
    public IEnumerable<DataViewSchema.Column> PassedThrough(bool[] active) => Input.Where(column => active[column.Index]);

    /// <summary>The getters of all columns of <see cref="Output"/>: those of new, active columns; null elsewhere.</summary>
    public Delegate?[] CreateGetters(bool[] active, CurrentRow current)
    {
        var getters = new Delegate?[Output.Count];
        for (var i = 0; i < _added.Count; i++)
        {
            if (active[Input.Count + i])
            {
                getters[Input.Count + i] = _added[i].CreateGetter(current);
            }
        }

        return getters;
    }
}
