using System.Text.Json;

namespace MAFlow.Scoring.Serialization;

/// <summary>Name, type, shape and place of one tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">F32, F64 or BF16.</param>
/// <param name="Size">Bytes of one number.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Count">Number of numbers.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">First byte behind it.</param>
internal sealed record TensorEntry(string Name, string Type, int Size, long[] Shape, int Count, long Begin, long End)
{
    private static readonly (string Name, int Size)[] _types = [("F32", 4), (StoredTensor.Wide, 8), ("BF16", 2)];

    /// <exception cref="FormatException">The header says something impossible, or a type that no density model has.</exception>
    public static TensorEntry Parse(string name, JsonElement node)
    {
        var code = node.GetProperty("dtype").GetString();
        var (shape, offsets) = (Integers(node.GetProperty("shape")), Integers(node.GetProperty("data_offsets")));
        var (type, size) = Array.Find(_types, candidate => candidate.Name == code);
        if (type is null)
        {
            throw SafetensorsFile.Damaged(
                $"one of the types {string.Join(", ", _types.Select(known => known.Name))} for '{name}', got {code}");
        }

        if (offsets.Length != 2 || shape.Length > 8 || shape.Any(extent => extent < 0))
        {
            throw SafetensorsFile.Damaged($"a shape and two offsets for '{name}'");
        }

        var product = shape.Aggregate(1L, (total, extent) => checked(total * Math.Max(1, extent)));
        var count = shape.Contains(0) ? 0 : product;
        if (checked(count * size) != checked(offsets[1] - offsets[0]) || offsets[0] < 0)
        {
            throw SafetensorsFile.Damaged($"{count} numbers for '{name}', got offsets {offsets[0]} to {offsets[1]}");
        }

        return count <= Array.MaxLength / sizeof(double)
            ? new(name, type, size, shape, (int)count, offsets[0], offsets[1])
            : throw new NotSupportedException(
                $"Expected tensors of at most 2 GiB, got '{name}' of {count} numbers; MAFlow.Torch scores it.");
    }

    private static long[] Integers(JsonElement node) => [.. node.EnumerateArray().Select(item => item.GetInt64())];
}
