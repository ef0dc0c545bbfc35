using System.Globalization;
using System.Text.Json;

namespace MAFlow.Scoring.Models;

/// <summary>Rebuilds a density model from its file: tensors under "potential.", "preprocessing.k." and "final.", everything else as JSON in
/// the metadata.</summary>
internal static class ModelReader
{
    private const string FormatName = "maflow-density";
    private const int Version = 1;
    private const int MaxDepth = 1 << 20;
    private const int MaxBijections = 256;
    private static readonly JsonDocumentOptions _json = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Reads a model from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="width">Which vectors to use.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    /// <exception cref="NotSupportedException">The model has a part that is not scored here.</exception>
    public static (ScoringModel Model, int Depth) Read(Stream stream, long length, VectorWidth width)
    {
        try
        {
            var file = SafetensorsFile.Load(stream, length);
            RequireFormat(file.Metadata);
            using var document = JsonDocument.Parse(file.Metadata["model"], _json);
            return Read(new("model", document.RootElement, file.Tensors), width);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException or OverflowException
            or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new FormatException(
                $"Expected a density model, got something else ({error.Message}); the file is damaged or foreign.", error);
        }
    }

    private static (ScoringModel Model, int Depth) Read(StoredComponent stored, VectorWidth width)
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
        Flow restored = types is [StoredTensor.Wide]
            ? new FlowReader<double>(wide, wide).Read(potential, flow)
            : new FlowReader<float>(Kernels.Single(width), wide).Read(potential, flow);
        var bijections = new BijectionReader(wide, restored.Dimension);
        Bijection[] preprocessing = [.. stored.Children("preprocessing", MaxBijections, "preprocessing.").SelectMany(bijections.Read)];
        Bijection[] final = stored.Find("final") is { } node ? [.. bijections.Read(stored.Inside("final.", node))] : [];
        var dimension = stored.Integer("dimension");
        var isOne = preprocessing.Concat(final).All(bijection => (bijection.Dimension ?? dimension) == dimension);
        return restored.Dimension == dimension && isOne
            ? (new(restored, preprocessing, final), depth)
            : throw new FormatException($"Expected {dimension} coordinates throughout, got others; the file is damaged.");
    }

    private static void RequireFormat(IReadOnlyDictionary<string, string> metadata)
    {
        var (format, number) = (metadata.GetValueOrDefault("format", "nothing"), metadata.GetValueOrDefault("format_version", "none"));
        if (format != FormatName)
        {
            throw new FormatException(
                $"Expected a density model ('format' is '{FormatName}'), got '{Unknown.Excerpt(format)}'; "
                + "this file holds something else, or was not written by MAFlow.");
        }

        if (!int.TryParse(number, CultureInfo.InvariantCulture, out var version) || version != Version)
        {
            throw new FormatException(
                $"Expected format version {Version}, got {Unknown.Excerpt(number)}; "
                + "read the file with the MAFlow version that wrote it, or update this one.");
        }
    }
}
