using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>
/// How a density model lies in a safetensors file: tensors under "potential.", "preprocessing.k." and "final.", everything else as JSON in
/// the metadata.
/// </summary>
internal static class FlowFormat
{
    public const int Version = 1;
    private const string FormatName = "maflow-density";
    private const string ConditionalFormatName = "maflow-conditional";
    private const int MaxBijections = 256;
    private const int MaxJsonDepth = 64;

    public static SafetensorsFile Encode(DensityModel model, bool isShort = false) => Encode(model.Preprocessing, model.Flow, isShort);

    /// <param name="preprocessing">Bijections between data and flow.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="isShort">Whether the potential is written in bfloat16.</param>
    /// <exception cref="NotSupportedException">Something does not say how it is stored.</exception>
    public static SafetensorsFile Encode(BijectionChain preprocessing, MongeAmpereFlow flow, bool isShort = false)
    {
        var (potential, final) = (flow.Potential.Store(), flow.Bijection?.Store());
        var bijections = preprocessing.Bijections.Select(bijection => bijection.Store()).ToList();
        var root = new JsonObject
        {
            ["dimension"] = flow.Dimension,
            ["potential"] = potential.Description,
            ["preprocessing"] = new JsonArray([.. bijections.Select(bijection => (JsonNode)bijection.Description)]),
            ["flow"] = FlowOptionsFormat.Write(flow.Options),
        };
        if (final is not null)
        {
            root["final"] = final.Description;
        }

        var tensors = new Dictionary<string, Tensor>();
        AddTo(tensors, "potential", isShort ? potential.WithAllTensors(value => value.detach().to(ScalarType.BFloat16)) : potential);
        AddTo(tensors, "final", final);
        for (var k = 0; k < bijections.Count; k++)
        {
            AddTo(tensors, $"preprocessing.{k}", bijections[k]);
        }

        return File(tensors, FormatName, root);
    }

    /// <exception cref="NotSupportedException">Something does not say how it is stored.</exception>
    public static SafetensorsFile Encode(ConditionalFlow flow)
    {
        var (potential, final) = (flow.Potential.Store(), flow.Bijection?.Store());
        var root = new JsonObject { ["potential"] = potential.Description, ["flow"] = FlowOptionsFormat.Write(flow.Options) };
        if (final is not null)
        {
            root["final"] = final.Description;
        }

        var tensors = new Dictionary<string, Tensor>();
        AddTo(tensors, "potential", potential);
        AddTo(tensors, "final", final);
        return File(tensors, ConditionalFormatName, root);
    }

    /// <exception cref="FormatException">The file is damaged, foreign, or of a newer version.</exception>
    public static ConditionalFlow DecodeConditional(SafetensorsFile file)
    {
        RequireFormat(file, ConditionalFormatName, "a conditional flow");
        RequireFinite(file.Tensors);
        return Reading.Guard("conditional flow", () =>
        {
            var root = Root(file);
            var stored = new StoredComponent("flow", root, file.Tensors);
            var potential = Kinds.Read<ConditionalPotential>(stored.Inside("potential.", root["potential"]));
            var bounded = new StoredComponent("flow", root, file.Tensors) { Dimension = potential.Dimension };
            var final = root["final"] is { } node ? Kinds.Read<Bijection>(bounded.Inside("final.", node)) : null;
            return new ConditionalFlow(potential, FlowOptionsFormat.Read(root["flow"]!.AsObject()), final);
        });
    }

    /// <exception cref="FormatException">The file is damaged, foreign, or of a newer version.</exception>
    public static DensityModel Decode(SafetensorsFile file)
    {
        RequireFormat(file, FormatName, "a density model");
        RequireFinite(file.Tensors);
        return Reading.Guard("model", () => Decode(file.Tensors, Root(file)));
    }

    private static DensityModel Decode(IReadOnlyDictionary<string, Tensor> tensors, JsonObject root)
    {
        var model = new StoredComponent("model", root, tensors);
        var potential = ReadPotential(model.Inside("potential.", root["potential"]));
        var dimension = model.Option<long>("dimension");
        if (potential.Dimension != dimension)
        {
            throw new FormatException(
                $"Expected a potential on {dimension} coordinates, got one on {potential.Dimension}; the file is damaged.");
        }

        // From here on, readers know how large anything may be.
        model = new StoredComponent("model", root, tensors) { Dimension = dimension };
        var chain = ReadPreprocessing(model, root);
        var final = root["final"] is { } node ? Kinds.Read<Bijection>(model.Inside("final.", node)) : null;
        return chain.Dimension is null || chain.Dimension == dimension
            ? new(chain, new MongeAmpereFlow(potential, FlowOptionsFormat.Read(root["flow"]!.AsObject()), final))
            : throw new FormatException(
                $"Expected {dimension} coordinates throughout, got {chain.Dimension} before the flow; the file is damaged.");
    }

    /// <summary>The bijections between data and flow.</summary>
    public static BijectionChain ReadPreprocessing(StoredComponent model, JsonObject root)
    {
        var listed = root["preprocessing"]!.AsArray();
        return listed.Count <= MaxBijections
            ? new([.. listed.Select((node, k) => Kinds.Read<Bijection>(model.Inside($"preprocessing.{k}.", node)))])
            : throw new FormatException(
                $"Expected at most {MaxBijections} bijections before the flow, got {listed.Count}; the file is damaged.");
    }

    public static SafetensorsFile File(Dictionary<string, Tensor> tensors, string format, JsonObject root) =>
        new(tensors, new Dictionary<string, string>
    {
        ["format"] = format,
        ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
        ["model"] = root.ToJsonString(),
    });

    public static JsonObject Root(SafetensorsFile file) =>
        JsonNode.Parse(file.Metadata["model"], documentOptions: new JsonDocumentOptions { MaxDepth = MaxJsonDepth })!.AsObject();

    public static void RequireFormat(SafetensorsFile file, string format, string what)
    {
        if (file.Metadata.GetValueOrDefault("format") != format)
        {
            throw new FormatException(
                $"Expected {what} ('format' is '{format}'), got '{file.Metadata.GetValueOrDefault("format", "nothing")}'; "
                + "this file holds something else, or was not written by this library.");
        }

        if (!int.TryParse(file.Metadata.GetValueOrDefault("format_version"), CultureInfo.InvariantCulture, out var version)
            || version != Version)
        {
            throw new FormatException(
                $"Expected format version {Version}, got {file.Metadata.GetValueOrDefault("format_version", "none")}; "
                + "read the file with the MAFlow version that wrote it, or update this one.");
        }
    }

    public static void AddTo(Dictionary<string, Tensor> tensors, string prefix, StoredComponent? component)
    {
        foreach (var (name, value) in component?.Tensors ?? new Dictionary<string, Tensor>())
        {
            tensors.Add($"{prefix}.{name}", value.alias().DetachFromDisposeScope());
        }
    }

    /// <summary>A potential that was written in bfloat16 computes in float32.</summary>
    private static Potential ReadPotential(StoredComponent stored)
    {
        var types = stored.Tensors.Values.Select(value => value.dtype).Distinct().ToList();
        if (types.Count > 1)
        {
            throw new FormatException("Expected one type of numbers in all tensors of the potential, got several; the file is damaged.");
        }

        if (types is not [ScalarType.BFloat16])
        {
            return Kinds.Read<Potential>(stored);
        }

        var widened = stored.WithAllTensors(value => value.to(ScalarType.Float32).DetachFromDisposeScope());
        try
        {
            return Kinds.Read<Potential>(widened);
        }
        finally
        {
            foreach (var value in widened.Tensors.Values)
            {
                value.Dispose();
            }
        }
    }

    public static void RequireFinite(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, value) in tensors)
        {
            if (!value.is_floating_point() || !value.isfinite().all().item<bool>())
            {
                var found = value.is_floating_point() ? "NaN or infinity" : value.dtype.ToString();
                throw new FormatException($"Expected finite floating-point numbers in '{name}', got {found}; the file is damaged.");
            }
        }
    }
}
