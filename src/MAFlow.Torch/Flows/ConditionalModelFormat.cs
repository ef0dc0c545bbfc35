using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>How a conditional density lies in a safetensors file: tensors under "potential.", "end.", "context." and
/// "preprocessing.k.", everything else as JSON in the metadata.</summary>
internal static class ConditionalModelFormat
{
    private const string FormatName = "maflow-conditional-density";

    /// <exception cref="NotSupportedException">Something does not say how it is stored.</exception>
    public static SafetensorsFile Encode(ConditionalDensityModel model)
    {
        var (potential, end, context) = (model.Flow.Potential.Store(), model.Flow.End!.Store(), model.Scaling.Store());
        var bijections = model.Preprocessing.Bijections.Select(bijection => bijection.Store()).ToList();
        var root = new JsonObject
        {
            ["dimension"] = model.Dimension,
            ["potential"] = potential.Description,
            ["end"] = end.Description,
            ["context"] = context.Description,
            ["preprocessing"] = new JsonArray([.. bijections.Select(bijection => (JsonNode)bijection.Description)]),
            ["flow"] = FlowOptionsFormat.Write(model.Flow.Options),
        };
        var tensors = new Dictionary<string, Tensor>();
        FlowFormat.AddTo(tensors, "potential", potential);
        FlowFormat.AddTo(tensors, "end", end);
        FlowFormat.AddTo(tensors, "context", context);
        for (var k = 0; k < bijections.Count; k++)
        {
            FlowFormat.AddTo(tensors, $"preprocessing.{k}", bijections[k]);
        }

        return FlowFormat.File(tensors, FormatName, root);
    }

    /// <exception cref="FormatException">The file is damaged, foreign, or of a newer version.</exception>
    public static ConditionalDensityModel Decode(SafetensorsFile file)
    {
        FlowFormat.RequireFormat(file, FormatName, "a conditional density model");
        FlowFormat.RequireFinite(file.Tensors);
        return Reading.Guard("conditional density model", () => Decode(file.Tensors, FlowFormat.Root(file)));
    }

    private static ConditionalDensityModel Decode(IReadOnlyDictionary<string, Tensor> tensors, JsonObject root)
    {
        var stored = new StoredComponent("model", root, tensors);
        var potential = Kinds.Read<ConditionalPotential>(stored.Inside("potential.", root["potential"]));
        var dimension = stored.Option<long>("dimension");
        stored = new StoredComponent("model", root, tensors) { Dimension = dimension };
        var chain = FlowFormat.ReadPreprocessing(stored, root);
        if (potential.Dimension != dimension || (chain.Dimension is { } own && own != dimension))
        {
            throw new FormatException(
                $"Expected {dimension} coordinates throughout, got {potential.Dimension} in the potential and {chain.Dimension} before "
                + "the flow; the file is damaged.");
        }

        var end = Reading.Guard("end of the flow", () => ConditionalAffine.Restore(stored.Inside("end.", root["end"])));
        var scaling = Reading.Guard("scaling of contexts", () => ContextScaling.Restore(stored.Inside("context.", root["context"])));
        var flow = new ConditionalFlow(potential, FlowOptionsFormat.Read(root["flow"]!.AsObject()), end);
        return new(chain, scaling, flow);
    }
}
