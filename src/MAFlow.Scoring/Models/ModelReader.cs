using System.Globalization;
using System.Text.Json;

namespace MAFlow.Scoring.Models;

/// <summary>Rebuilds a density model from its file: tensors under "potential.", "preprocessing.k." and "final.", or "end." and "context."
/// where the density depends on a context; everything else as JSON in the metadata.</summary>
internal static class ModelReader
{
    private const string FormatName = "maflow-density";
    private const string ConditionalFormatName = "maflow-conditional-density";
    private const int Version = 1;
    private const int MaxDepth = 1 << 20;
    private const int MaxBijections = 256;
    private static readonly JsonDocumentOptions _json = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Reads a model from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="width">Which vectors to use.</param>
    /// <param name="isConditional">Whether the density is to depend on a context.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    /// <exception cref="NotSupportedException">The model has a part that is not scored here.</exception>
    public static (ScoringModel Model, int Depth) Read(Stream stream, long length, VectorWidth width, bool isConditional)
    {
        try
        {
            var file = SafetensorsFile.Load(stream, length);
            RequireFormat(file.Metadata, isConditional);
            using var document = JsonDocument.Parse(file.Metadata["model"], _json);
            return Read(new("model", document.RootElement, file.Tensors), width, isConditional);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException or OverflowException
            or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new FormatException(
                $"Expected a density model, got something else ({error.Message}); the file is damaged or foreign.", error);
        }
    }

    private static (ScoringModel Model, int Depth) Read(StoredComponent stored, VectorWidth width, bool isConditional)
    {
        var wide = Kernels.Double(width);
        var flow = new StoredComponent("flow", stored.Node("flow"), new Dictionary<string, StoredTensor>());
        var depth = flow.Integer("depth");
        if (depth is < 1 or > MaxDepth)
        {
            throw new FormatException($"Expected a depth from 1 to {MaxDepth}, got {depth}; the file is damaged.");
        }

        var potential = stored.Inside("potential.", stored.Node("potential"));
        var types = potential.Tensors.Values.Select(tensor => tensor.Type).Distinct().ToList();
        if (types.Count > 1)
        {
            throw new FormatException("Expected one type of numbers in all tensors of the potential, got several; the file is damaged.");
        }

        // A potential that was written in bfloat16 computes in float32. How a Laplacian was estimated in training does not matter: that of
        // ridge potentials is exact.
        var isWide = types is [StoredTensor.Wide];
        Flow restored = isWide
            ? new FlowReader<double>(wide, wide, isConditional).Read(potential, flow)
            : new FlowReader<float>(Kernels.Single(width), wide, isConditional).Read(potential, flow);
        var bijections = new BijectionReader(wide, restored.Dimension);
        Bijection[] preprocessing = [.. stored.Children("preprocessing", MaxBijections, "preprocessing.").SelectMany(bijections.Read)];
        Bijection[] final = !isConditional && stored.Find("final") is { } node
            ? [.. bijections.Read(stored.Inside("final.", node))] : [];
        var given = isConditional ? ReadGiven(stored, restored, isWide) : null;
        var dimension = stored.Integer("dimension");
        var isOne = preprocessing.Concat(final).All(bijection => (bijection.Dimension ?? dimension) == dimension);
        return restored.Dimension == dimension && isOne
            ? (new(restored, preprocessing, final, given), depth)
            : throw new FormatException($"Expected {dimension} coordinates throughout, got others; the file is damaged.");
    }

    private static GivenContext ReadGiven(StoredComponent stored, Flow flow, bool isWide)
    {
        var scaling = ContextScaling.Restore(stored.Inside("context.", stored.Node("context")), isWide);
        var end = ConditionalAffine.Restore(stored.Inside("end.", stored.Node("end")));
        return scaling.Dimension == flow.ContextDimension && end.ContextDimension == flow.ContextDimension
            && end.Dimension == flow.Dimension
            ? new(scaling, end)
            : throw new FormatException(
                $"Expected {flow.ContextDimension} context features and {flow.Dimension} coordinates throughout, got others; "
                + "the file is damaged.");
    }

    private static void RequireFormat(IReadOnlyDictionary<string, string> metadata, bool isConditional)
    {
        var (format, number) = (metadata.GetValueOrDefault("format", "nothing"), metadata.GetValueOrDefault("format_version", "none"));
        var (expected, other) = isConditional ? (ConditionalFormatName, FormatName) : (FormatName, ConditionalFormatName);
        if (format != expected)
        {
            var reader = isConditional ? nameof(DensityScorer) : nameof(ConditionalDensityScorer);
            throw new FormatException(
                $"Expected a {(isConditional ? "conditional density" : "density model")} ('format' is '{expected}'), "
                + $"got '{Unknown.Excerpt(format)}'; "
                + (format == other ? $"{reader} reads it." : "this file holds something else, or was not written by MAFlow."));
        }

        if (!int.TryParse(number, CultureInfo.InvariantCulture, out var version) || version != Version)
        {
            throw new FormatException(
                $"Expected format version {Version}, got {Unknown.Excerpt(number)}; "
                + "read the file with the MAFlow version that wrote it, or update this one.");
        }
    }
}
