using System.Text.Json;

namespace MAFlow.Scoring.Serialization;

/// <summary>What a file keeps of a potential or a bijection: its kind, its options and its numbers.</summary>
/// <param name="kind">Name of the family.</param>
/// <param name="options">Everything that is not a tensor.</param>
/// <param name="tensors">Named tensors, those of the components inside included.</param>
/// <param name="level">How many components this one lies in.</param>
internal sealed class StoredComponent(string kind, JsonElement options, IReadOnlyDictionary<string, StoredTensor> tensors, int level = 0)
{
    private const int MaxLevel = 16;
    private const int MaxChildren = 1 << 10;

    public string Kind { get; } = kind;

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; } = tensors;

    /// <summary>An option by name; not there where it is null.</summary>
    public JsonElement? Find(string name) =>
        options.ValueKind == JsonValueKind.Object && options.TryGetProperty(name, out var node) && node.ValueKind != JsonValueKind.Null
            ? node
            : null;

    /// <exception cref="FormatException">The file has none of that name.</exception>
    public JsonElement Node(string name) => Find(name)
        ?? throw new FormatException($"Expected an option '{name}' in the stored {Kind}, got none; the file is incomplete or foreign.");

    public double Number(string name) => Node(name) is { ValueKind: JsonValueKind.Number } node && double.IsFinite(node.GetDouble())
        ? node.GetDouble()
        : throw Unsuitable(name, "a finite number");

    public int Integer(string name) => Node(name) is { ValueKind: JsonValueKind.Number } node && node.TryGetInt32(out var value)
        ? value
        : throw Unsuitable(name, "a whole number");

    public bool Flag(string name) => Node(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } node
        ? node.GetBoolean()
        : throw Unsuitable(name, "true or false");

    public string Text(string name) => Node(name) is { ValueKind: JsonValueKind.String } node
        ? node.GetString()!
        : throw Unsuitable(name, "a text");

    /// <exception cref="FormatException">It is no list of numbers.</exception>
    public double[] Numbers(string name) => [.. Items(name).Select(item => Finite(item, name))];

    /// <exception cref="FormatException">It is no list of lists of numbers.</exception>
    public double[][] Rows(string name) =>
        [.. Items(name).Select(row => row.ValueKind == JsonValueKind.Array
            ? row.EnumerateArray().Select(item => Finite(item, name)).ToArray()
            : throw Unsuitable(name, "a list of lists"))];

    /// <exception cref="FormatException">The file has none of that name.</exception>
    public StoredTensor Tensor(string name) => Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new FormatException($"Expected a tensor '{name}' in the stored {Kind}, got none; the file is incomplete or foreign.");

    /// <summary>The components of a list, in order.</summary>
    public IReadOnlyList<StoredComponent> Children(string name, int most = MaxChildren, string prefix = "")
    {
        var items = Items(name);
        return items.Count <= most
            ? [.. items.Select((item, k) => Inside($"{prefix}{k}.", item))]
            : throw Unsuitable(name, $"a list of at most {most} components");
    }

    /// <summary>A component inside this one: its description, and the tensors whose names have a prefix.</summary>
    /// <exception cref="FormatException">The description has no kind or no options.</exception>
    public StoredComponent Inside(string prefix, JsonElement description)
    {
        if (description.ValueKind != JsonValueKind.Object
            || !description.TryGetProperty("kind", out var kind) || kind.ValueKind != JsonValueKind.String
            || !description.TryGetProperty("options", out var options) || options.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"Expected the kind and the options of a component in the stored {Kind}; the file is damaged.");
        }

        return Inside(prefix, kind.GetString()!, options);
    }

    /// <summary>A component inside this one whose kind and options are known.</summary>
    public StoredComponent Inside(string prefix, string kind, JsonElement options) => level < MaxLevel
        ? new(kind, options, Under(prefix), level + 1)
        : throw new FormatException($"Expected components inside each other at most {MaxLevel} deep, got more; the file is damaged.");

    private Dictionary<string, StoredTensor> Under(string prefix) =>
        Tensors.Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value);

    private List<JsonElement> Items(string name) =>
        Node(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : throw Unsuitable(name, "a list");

    private double Finite(JsonElement item, string name) => item.ValueKind == JsonValueKind.Number && double.IsFinite(item.GetDouble())
        ? item.GetDouble()
        : throw Unsuitable(name, "finite numbers");

    private FormatException Unsuitable(string name, string expected) =>
        new($"Expected {expected} as option '{name}' of the stored {Kind}, got {Unknown.Excerpt(Node(name).GetRawText())}; "
            + "the file is damaged or foreign.");
}
