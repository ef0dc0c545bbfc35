using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Serialization;

/// <summary>A potential or a preprocessing transform as a flow file holds it: what it is, its options, and its numbers.</summary>
/// <param name="Kind">Name of the family.</param>
/// <param name="Options">Everything about it that is not a tensor.</param>
/// <param name="Tensors">Named tensors; on loading they live until the reader returns, so it clones what it keeps.</param>
public sealed record StoredComponent(string Kind, JsonObject Options, IReadOnlyDictionary<string, Tensor> Tensors)
{
    /// <summary>A component that lies inside another, or inside a file: its description, and the tensors whose names have its prefix.</summary>
    internal static StoredComponent Within(IReadOnlyDictionary<string, Tensor> tensors, string prefix, JsonNode description) => new(
        description["kind"]!.GetValue<string>(),
        description["options"]!.AsObject(),
        tensors.Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value));

    /// <summary>A tensor by name.</summary>
    /// <exception cref="FormatException">The file has none of that name.</exception>
    public Tensor Tensor(string name) => Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new FormatException($"Expected a tensor '{name}' in the stored {Kind}, got {Listing(Tensors.Keys)}; the file is incomplete or foreign.");

    /// <summary>An option by name.</summary>
    /// <exception cref="FormatException">The file has none of that name, or it is of another type.</exception>
    public T Option<T>(string name)
    {
        try
        {
            return Options[name] is JsonValue value
                ? value.GetValue<T>()
                : throw new FormatException($"Expected an option '{name}' in the stored {Kind}, got {Listing(Options.Select(option => option.Key))}; the file is incomplete or foreign.");
        }
        catch (Exception error) when (error is InvalidOperationException or OverflowException)
        {
            throw new FormatException($"Expected the option '{name}' of the stored {Kind} to be of type {typeof(T).Name}, got {Options[name]!.ToJsonString()}.", error);
        }
    }

    private static string Listing(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } listing ? listing : "none";
}
