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

    /// <summary>Names of slots.</summary>
    public static DataViewSchema.Annotations Of(IReadOnlyList<string> names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        ReadOnlyMemory<char>[] texts = [.. names.Select(name => name.AsMemory())];
        builder.Add(SlotNames, new VectorDataViewType(TextDataViewType.Instance, texts.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(texts.Length, texts));
        return builder.ToAnnotations();
    }

    /// <summary>The name of each slot; its number where it has none.</summary>
    public static Func<int, ReadOnlyMemory<char>> Names(DataViewSchema.Annotations? annotations)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        annotations?.GetValue(SlotNames, ref names);
        var known = names;
        return slot =>
        {
            var name = slot < known.Length ? known.GetItemOrDefault(slot) : default;
            return name.IsEmpty ? slot.ToString(System.Globalization.CultureInfo.InvariantCulture).AsMemory() : name;
        };
    }

    /// <summary>How messages name the slots of a column: by number, and by name where there is one.</summary>
    public static Func<int, string> InWords(DataViewSchema schema, string columnName)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        if (schema.GetColumnOrNull(columnName) is { } column && column.HasSlotNames())
        {
            column.GetSlotNames(ref names);
        }

        var known = names;
        return slot =>
        {
            var name = slot < known.Length ? known.GetItemOrDefault(slot) : default;
            return FormattableString.Invariant($"'{columnName}[{slot}]'") + (name.IsEmpty ? "" : $" ({name})");
        };
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
