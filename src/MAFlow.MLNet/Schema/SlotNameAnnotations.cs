using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Schema;

/// <summary>The names of the features, handed on to a column that has one slot for each of them.</summary>
internal static class SlotNameAnnotations
{
    private const string SlotNames = "SlotNames";

    /// <summary>The names of a column's slots; null where it has none.</summary>
    public static DataViewSchema.Annotations? Of(DataViewSchema schema, string columnName)
    {
        if (schema.GetColumnOrNull(columnName) is not { } column || !column.HasSlotNames())
        {
            return null;
        }

        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(column.Annotations, name => name == SlotNames);
        return builder.ToAnnotations();
    }

    /// <summary>Annotations with as much as is known of the names before there is data: whether there are any.</summary>
    public static DataViewSchema.Annotations? Of(SchemaShape schema, string columnName)
    {
        if (!schema.Any(column => column.Name == columnName && column.Annotations.Any(annotation => annotation.Name == SlotNames)))
        {
            return null;
        }

        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(SlotNames, new VectorDataViewType(TextDataViewType.Instance, 1),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(1, ["".AsMemory()]));
        return builder.ToAnnotations();
    }
}
