using System.Text.Json;

namespace MAFlow.Tests;

/// <summary>A file with a flow that an earlier version wrote, and the numbers that version got from it.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Horizon">T.</param>
/// <param name="Depth">Number of steps that the file states.</param>
/// <param name="Tableau">Name of the Runge-Kutta method.</param>
/// <param name="HutchinsonProbes">Probes of a stochastic Laplacian; 0 where it is exact.</param>
/// <param name="DataType">Type of the flow's numbers.</param>
/// <param name="Parameters">Number of trainable numbers.</param>
/// <param name="Preprocessing">Kinds of the transforms.</param>
/// <param name="Rows">Rows in original units; null where the test makes them.</param>
/// <param name="LogLikelihoods">In nats, per row.</param>
/// <param name="Latent">Latent codes of the rows; null where only likelihoods were written down.</param>
/// <param name="Codes">Latent codes to decode.</param>
/// <param name="Decoded">Points of these codes in original units.</param>
/// <param name="DecodedLogLikelihoods">Of these points, for a flow without preprocessing.</param>
internal sealed record OldFlow(
    string File,
    double Horizon,
    int Depth,
    string Tableau,
    int HutchinsonProbes,
    string DataType,
    long Parameters,
    string[] Preprocessing,
    double[][]? Rows,
    double[] LogLikelihoods,
    double[][]? Latent,
    double[][]? Codes,
    double[][]? Decoded,
    double[]? DecodedLogLikelihoods);

/// <summary>A model file of ML.NET that an earlier version wrote, and the columns that version added.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Input">Name of the column it reads.</param>
/// <param name="Columns">Names of the columns it adds, in their order.</param>
/// <param name="Threshold">Rows with a higher score are anomalies.</param>
/// <param name="Depth">Number of steps of the flow.</param>
/// <param name="Parameters">Number of trainable numbers.</param>
/// <param name="Preprocessing">Kinds of the transforms.</param>
/// <param name="Rows">Rows of the input column.</param>
/// <param name="LogLikelihood">Of the rows.</param>
/// <param name="Score">Of the rows.</param>
/// <param name="PredictedLabel">Of the rows.</param>
/// <param name="PValue">Of the rows; null where there is no such column.</param>
/// <param name="Contributions">Of the rows; null where there is no such column.</param>
/// <param name="Latent">Latent codes of the rows: the column, or those of the model itself where there is no such column.</param>
/// <param name="Codes">Latent codes to decode.</param>
/// <param name="Decoded">Rows of these codes.</param>
internal sealed record OldModel(
    string File,
    string Input,
    string[] Columns,
    double Threshold,
    int Depth,
    long Parameters,
    string[] Preprocessing,
    double[][] Rows,
    double[] LogLikelihood,
    double[] Score,
    bool[] PredictedLabel,
    double[]? PValue,
    double[][]? Contributions,
    double[][] Latent,
    double[][] Codes,
    double[][] Decoded);

/// <summary>What Fixtures/v0.1/expected.json holds.</summary>
internal sealed record OldScores(OldFlow[] Flows, OldModel[] Models);

/// <summary>The files of version 0.1 beside the compiled tests.</summary>
internal static class OldFiles
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly Lazy<OldScores> _expected =
        new(() => JsonSerializer.Deserialize<OldScores>(File.ReadAllText(PathOf("expected.json")), Json)!);

    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "v0.1", file);

    public static OldFlow Flow(string file) => _expected.Value.Flows.Single(flow => flow.File == file);

    public static OldModel Model(string file) => _expected.Value.Models.Single(model => model.File == file);

    /// <summary>Image i of MNIST's size, pixel j: (37 i + 11 j) mod 256.</summary>
    public static double[][] Images(int count, int pixels) =>
        [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, pixels).Select(j => ((i * 37.0) + (j * 11)) % 256).ToArray())];

    /// <summary>Largest difference in units of max(1, |expected|); infinite where a number is none, or where numbers are missing.</summary>
    public static double Difference(IEnumerable<double> expected, IEnumerable<double> actual)
    {
        var (left, right) = (expected.ToArray(), actual.ToArray());
        // NaN would get lost in a maximum, and counts as less than any tolerance.
        return left.Length == right.Length && right.All(double.IsFinite)
            ? left.Zip(right, (old, now) => Math.Abs(old - now) / Math.Max(1, Math.Abs(old))).DefaultIfEmpty().Max()
            : double.PositiveInfinity;
    }
}
