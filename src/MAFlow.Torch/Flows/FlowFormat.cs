using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>How a density model lies in a safetensors file: tensors under "potential." and "preprocessing.k.", everything else as JSON in the metadata.</summary>
internal static class FlowFormat
{
    public const int Version = 1;
    private const string FormatName = "maflow-density";

    // Far beyond any use: what a file states must not make scoring go on for ever, or overflow single precision.
    private const double LongestHorizon = 1e6;
    private const int LargestDepth = 1 << 20;
    private const int MostTransforms = 256;

    public static SafetensorsFile Encode(DensityModel model, bool isShort = false) => Encode(model.Preprocessing, model.Flow, model.Flow.Options.Depth, isShort);

    /// <param name="preprocessing">Fitted transforms.</param>
    /// <param name="flow">Flow on their coordinates.</param>
    /// <param name="depth">Depth that the file states.</param>
    /// <param name="isShort">Whether the potential is written in bfloat16.</param>
    public static SafetensorsFile Encode(PreprocessingChain preprocessing, MongeAmpereFlow flow, int depth, bool isShort = false)
    {
        var options = flow.Options;
        if (!ButcherTableau.All.Contains(options.Scheme.Tableau))
        {
            throw new NotSupportedException($"Expected one of the tableaus of ButcherTableau.All, got {options.Scheme.Tableau}; a file names its tableau, so one of your own cannot be read back.");
        }

        var tensors = new Dictionary<string, Tensor>();
        JsonObject Keep(StoredComponent component, string prefix, bool inShort = false)
        {
            foreach (var (name, value) in component.Tensors)
            {
                tensors.Add($"{prefix}.{name}", (inShort ? value.detach().to(ScalarType.BFloat16) : value.alias()).DetachFromDisposeScope());
            }

            return new JsonObject { ["kind"] = component.Kind, ["options"] = component.Options };
        }

        var root = new JsonObject
        {
            ["dimension"] = flow.Dimension,
            ["potential"] = Keep(flow.Potential.Store(), "potential", isShort),
            ["preprocessing"] = new JsonArray([.. preprocessing.Transforms.Select((transform, index) => (JsonNode)Keep(transform.Store(), $"preprocessing.{index}"))]),
            ["flow"] = new JsonObject
            {
                ["horizon"] = options.Horizon,
                ["depth"] = depth,
                ["tableau"] = options.Scheme.Tableau.Name,
                ["hutchinsonProbes"] = options.Scheme.Laplacian is HutchinsonLaplacian hutchinson ? hutchinson.Probes : 0,
            },
        };
        if (flow.FinalMap is { } map)
        {
            root["final"] = Keep(map.Store(), "final");
        }

        return new(tensors, new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
            ["model"] = root.ToJsonString(),
        });
    }

    public static DensityModel Decode(SafetensorsFile file, IReadOnlyDictionary<string, Func<StoredComponent, Potential>>? potentials)
    {
        if (file.Metadata.GetValueOrDefault("format") != FormatName)
        {
            throw new FormatException($"Expected a density model ('format' is '{FormatName}'), got '{file.Metadata.GetValueOrDefault("format", "nothing")}'; this file was not written by DensityModel.Save.");
        }

        if (!int.TryParse(file.Metadata.GetValueOrDefault("format_version"), CultureInfo.InvariantCulture, out var version) || version != Version)
        {
            throw new FormatException($"Expected format version {Version}, got {file.Metadata.GetValueOrDefault("format_version", "none")}; read the file with the MAFlow version that wrote it, or update this one.");
        }

        try
        {
            var root = JsonNode.Parse(file.Metadata["model"], documentOptions: new JsonDocumentOptions { MaxDepth = 16 })!.AsObject();
            var transforms = root["preprocessing"]!.AsArray();
            if (transforms.Count > MostTransforms)
            {
                throw new FormatException($"Expected at most {MostTransforms} preprocessing transforms, got {transforms.Count}; the file is damaged.");
            }

            var chain = PreprocessingChain.Restore([.. transforms.Select((node, index) => Component(file, node, $"preprocessing.{index}."))]);
            Potential? potential = null;
            try
            {
                potential = ReadPotential(Component(file, root["potential"], "potential."), potentials);
                var dimension = root["dimension"]!.GetValue<long>();
                if (potential.Dimension != dimension || chain.Dimension is { } features && features != dimension)
                {
                    throw new FormatException($"Expected {dimension} coordinates throughout, got {chain.Dimension} in the preprocessing and {potential.Dimension} in the potential; the file is damaged.");
                }

                return new DensityModel(chain, new MongeAmpereFlow(potential, ReadOptions(root["flow"]!), ReadFinalMap(file, root["final"], dimension)));
            }
            catch
            {
                potential?.Dispose();
                chain.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException or KeyNotFoundException or ArgumentException or OverflowException)
        {
            throw new FormatException($"The model description in the file is damaged: {error.Message}", error);
        }
    }

    private static Potential ReadPotential(StoredComponent stored, IReadOnlyDictionary<string, Func<StoredComponent, Potential>>? potentials)
    {
        using (NewDisposeScope())
        {
            foreach (var (name, value) in stored.Tensors)
            {
                if (!value.is_floating_point() || !value.isfinite().all().item<bool>())
                {
                    throw new FormatException($"Expected finite floating-point numbers in 'potential.{name}', got {(value.is_floating_point() ? "NaN or infinity" : value.dtype.ToString())}; the file is damaged.");
                }
            }
        }

        if (stored.Tensors.Values.Select(value => value.dtype).Distinct().Count() > 1)
        {
            throw new FormatException("Expected one type of numbers in all tensors of the potential, got several; the file is damaged.");
        }

        if (stored.Tensors.Count > 0 && stored.Tensors.Values.All(value => value.dtype == ScalarType.BFloat16))
        {
            using var scope = NewDisposeScope();
            return ReadPotential(stored with { Tensors = stored.Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.to(ScalarType.Float32)) }, potentials);
        }

        return stored.Kind switch
        {
            RidgePotential.Kind => RidgePotential.Restore(stored),
            PiecewisePotential.Kind => PiecewisePotential.Restore(stored, part => ReadPotential(part, potentials)),
            MlpPotential.Kind => MlpPotential.Restore(stored),
            LatticeRidgePotential.Kind => LatticeRidgePotential.Restore(stored),
            DeepSetsPotential.Kind => DeepSetsPotential.Restore(stored),
            SymmetrizedPotential.Kind => SymmetrizedPotential.Restore(stored, inner => ReadPotential(inner, potentials)),
            _ when potentials is not null && potentials.TryGetValue(stored.Kind, out var read) => read(stored),
            _ => throw new FormatException($"Expected a known potential, got '{stored.Kind}'; pass a reader for it to DensityModel.Load, or update MAFlow."),
        };
    }

    private static CirculantGaussianMap? ReadFinalMap(SafetensorsFile file, JsonNode? node, long dimension)
    {
        if (node is null)
        {
            return null;
        }

        var stored = Component(file, node, "final.");
        return stored.Kind == CirculantGaussianMap.Kind
            ? CirculantGaussianMap.Restore(stored, dimension)
            : throw new FormatException($"Expected a known final map, got '{stored.Kind}'; update MAFlow.");
    }

    private static MongeAmpereFlowOptions ReadOptions(JsonNode flow)
    {
        var (probes, depth, horizon) = (flow["hutchinsonProbes"]!.GetValue<int>(), flow["depth"]!.GetValue<int>(), flow["horizon"]!.GetValue<double>());
        TensorChecks.RequireOption(horizon, double.Epsilon, LongestHorizon);
        TensorChecks.RequireOption(depth, 1, LargestDepth);
        return new()
        {
            Horizon = horizon,
            Depth = depth,
            Scheme = new()
            {
                Tableau = ButcherTableau.ByName(flow["tableau"]!.GetValue<string>()),
                Laplacian = probes == 0 ? LaplacianEstimator.Exact : new HutchinsonLaplacian(probes),
            },
        };
    }

    private static StoredComponent Component(SafetensorsFile file, JsonNode? node, string prefix) => StoredComponent.Within(file.Tensors, prefix, node!);
}
