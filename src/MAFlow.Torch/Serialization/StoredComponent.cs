using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Serialization;

/// <summary>
/// What a file keeps of a potential, a bijection, an integrator or a Laplacian estimator: its kind, its options, its numbers, and what lies
/// inside it.
/// </summary>
/// <remarks>
/// Each <c>With…</c> adds something and returns the component itself. Each reading member throws a FormatException that names what was
/// expected.
/// </remarks>
public sealed class StoredComponent
{
    private const int MaxChildren = 1 << 10;
    private const string KindMember = "kind";
    private const string OptionsMember = "options";
    private readonly Dictionary<string, Tensor> _tensors;

    /// <summary>Begins an empty component.</summary>
    /// <param name="kind">Name under which <see cref="Kinds"/> has its reader.</param>
    /// <exception cref="ArgumentException">The kind is empty.</exception>
    public StoredComponent(string kind)
        : this(kind, [], new Dictionary<string, Tensor>())
    {
    }

    internal StoredComponent(string kind, JsonObject options, IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(kind);
        (Kind, Options, _tensors) = (kind, options, new(tensors));
    }

    /// <summary>Name of the family.</summary>
    internal string Kind { get; }

    /// <summary>Everything that is not a tensor.</summary>
    internal JsonObject Options { get; }

    /// <summary>Named tensors, those of the components inside included.</summary>
    internal IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>
    /// Number of coordinates that the rest of the file has: a bound on what a reader allocates. Null where it is not known.
    /// </summary>
    internal long? Dimension { get; init; }

    /// <summary>The component as a file describes it: kind and options.</summary>
    internal JsonObject Description => new() { [KindMember] = Kind, [OptionsMember] = Options.DeepClone() };

    /// <summary>Adds an option.</summary>
    /// <param name="name">A name that is not taken.</param>
    /// <param name="value">A number, a text, a Boolean, or an array of them.</param>
    /// <exception cref="ArgumentException">The name is taken, or a number is not finite.</exception>
    public StoredComponent With<T>(string name, T value)
        where T : notnull
    {
        Options.Add(name, JsonSerializer.SerializeToNode(value));
        return this;
    }

    /// <summary>Adds a tensor, which is neither copied nor disposed.</summary>
    /// <param name="name">A name that is not taken.</param>
    /// <param name="value">Float32, Float64, BFloat16, Int64 or Byte; any shape.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public StoredComponent WithTensor(string name, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _tensors.Add(name, value);
        return this;
    }

    /// <summary>Adds a component inside this one.</summary>
    /// <param name="name">A name that is not taken.</param>
    /// <param name="child">What lies inside.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public StoredComponent WithChild(string name, StoredComponent child)
    {
        ArgumentNullException.ThrowIfNull(child);
        Options.Add(name, child.Kind);
        Options.Add($"{name}Options", child.Options.DeepClone());
        return WithTensors($"{name}.", child);
    }

    /// <summary>Adds a list of components; a component has at most one list.</summary>
    /// <param name="name">A name that is not taken.</param>
    /// <param name="children">What lies inside, in order.</param>
    /// <exception cref="ArgumentException">The name is taken, or there is a list already.</exception>
    internal StoredComponent WithChildren(string name, IEnumerable<StoredComponent> children)
    {
        ArgumentNullException.ThrowIfNull(children);
        var list = children.ToList();
        Options.Add(name, new JsonArray([.. list.Select(child => (JsonNode)child.Description)]));
        for (var k = 0; k < list.Count; k++)
        {
            WithTensors($"{k}.", list[k]);
        }

        return this;
    }

    /// <summary>Whether there is an option or a tensor of a name.</summary>
    public bool Has(string name) => Options.ContainsKey(name) || _tensors.ContainsKey(name);

    /// <summary>An option by name.</summary>
    /// <typeparam name="T">Type of a number, a text, a Boolean, or an array of them.</typeparam>
    /// <exception cref="FormatException">The file has none of that name, or it is of another type.</exception>
    public T Option<T>(string name)
    {
        var node = Node(name);
        try
        {
            if (node.Deserialize<T>() is { } value && value is not (double.NaN or double.PositiveInfinity or double.NegativeInfinity))
            {
                return value;
            }
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw Unsuitable(name, typeof(T).Name, node, error);
        }

        throw Unsuitable(name, typeof(T).Name, node);
    }

    /// <summary>A tensor by name; it lives until the reader returns, so a reader clones what it keeps.</summary>
    /// <exception cref="FormatException">The file has none of that name.</exception>
    public Tensor Tensor(string name) => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new FormatException(
            $"Expected a tensor '{name}' in the stored {Kind}, got {Listing(_tensors.Keys)}; the file is incomplete or foreign.");

    /// <summary>What <see cref="WithChild"/> put inside, rebuilt by the reader of its kind.</summary>
    /// <typeparam name="T">Potential, Bijection, Integrator, … as it was registered.</typeparam>
    /// <exception cref="FormatException">The file has none of that name, or it cannot be rebuilt.</exception>
    public T Child<T>(string name)
        where T : class => Kinds.Read<T>(Inside($"{name}.", Option<string>(name), Node($"{name}Options") as JsonObject ?? []));

    /// <summary>What <see cref="WithChildren"/> put inside, each rebuilt by the reader of its kind.</summary>
    /// <typeparam name="T">Potential, Bijection, Integrator, … as it was registered.</typeparam>
    /// <exception cref="FormatException">The file has no such list, or something in it cannot be rebuilt.</exception>
    internal IReadOnlyList<T> Children<T>(string name)
        where T : class => Node(name) is JsonArray { Count: <= MaxChildren } list
            ? [.. list.Select((item, k) => Kinds.Read<T>(Inside($"{k}.", item)))]
            : throw Unsuitable(name, $"a list of at most {MaxChildren} components", Node(name));

    /// <summary>A component inside this one: its description, and the tensors whose names have a prefix.</summary>
    internal StoredComponent Inside(string prefix, JsonNode? description)
    {
        if (description is not JsonObject members || members[KindMember] is not JsonValue kind
            || members[OptionsMember] is not JsonObject options)
        {
            throw new FormatException(
                $"Expected the kind and the options of a component in the stored {Kind}, got {Excerpt(description)}; the file is damaged.");
        }

        return Inside(prefix, kind.GetValue<string>(), options);
    }

    /// <summary>Adds every parameter of a module under its own name.</summary>
    internal StoredComponent WithParameters(nn.Module module) => module.named_parameters().Aggregate(
        this, (stored, parameter) => stored.WithTensor(parameter.name, parameter.parameter));

    /// <summary>The same component with other tensors.</summary>
    internal StoredComponent WithAllTensors(Func<Tensor, Tensor> change) =>
        new(Kind, Options, Tensors.ToDictionary(tensor => tensor.Key, tensor => change(tensor.Value))) { Dimension = Dimension };

    private StoredComponent Inside(string prefix, string kind, JsonObject options)
    {
        var tensors = _tensors.Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value);
        return new(kind, options, tensors) { Dimension = Dimension };
    }

    private StoredComponent WithTensors(string prefix, StoredComponent child)
    {
        foreach (var (name, value) in child._tensors)
        {
            _tensors.Add(prefix + name, value);
        }

        return this;
    }

    private JsonNode Node(string name) => Options[name]
        ?? throw new FormatException(
            $"Expected an option '{name}' in the stored {Kind}, "
            + $"got {Listing(Options.Select(option => option.Key))}; the file is incomplete or foreign.");

    private FormatException Unsuitable(string name, string expected, JsonNode node, Exception? inner = null) =>
        new($"Expected {expected} as option '{name}' of the stored {Kind}, got {Excerpt(node)}; the file is damaged or foreign.", inner);

    private static string Excerpt(JsonNode? node) =>
        node?.ToJsonString() is { } text ? text.Length <= 100 ? text : $"{text[..100]}…" : "nothing";

    private static string Listing(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } listing ? listing : "none";
}
