using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>A vector whose distribution depends on another one.</summary>
internal sealed class GivenRecord
{
    [VectorType(2)]
    public float[] Features { get; set; } = [];

    [VectorType(2)]
    public float[] Context { get; set; } = [];

    public string Name { get; set; } = "";
}

/// <summary>What a density that depends on a context says of a row.</summary>
internal sealed class GivenPrediction
{
    [VectorType(2)]
    public float[] Latent { get; set; } = [];

    public float LogLikelihood { get; set; }

    public float Score { get; set; }

    public bool PredictedLabel { get; set; }
}

/// <summary>x | c ~ N(A c + m, Σ(c)) in two dimensions, with deviations and a correlation that follow c.</summary>
internal static class SmallContexts
{
    private static readonly Lazy<MongeAmpereFlowTransformer> _fitted = new(() => Fit(Options(), View(400)));

    /// <summary>One fitted transformer that all tests share, and none disposes.</summary>
    public static MongeAmpereFlowTransformer Fitted => _fitted.Value;

    public static MongeAmpereFlowEstimator.Options Options() => new()
    {
        ContextColumnName = "Context", HiddenUnits = 8, ContextUnits = 4, MaxSteps = 60, ScoringBatchSize = 16, Seed = 1,
    };

    public static MongeAmpereFlowTransformer Fit(MongeAmpereFlowEstimator.Options options, IDataView data, MLContext? context = null) =>
        (context ?? new MLContext(seed: 1)).Transforms.MongeAmpereFlow("Latent", "Features", options).Fit(data);

    public static GivenRecord[] Rows(int rows, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            var c = new[] { 2 * random.NextDouble() - 1, Normal(random) };
            var (mean, (a, b, d)) = (Mean(c), Root(c));
            var (u, v) = (Normal(random), Normal(random));
            return new GivenRecord
            {
                Features = [(float)(mean[0] + (a * u)), (float)(mean[1] + (b * u) + (d * v))],
                Context = [(float)c[0], (float)c[1]],
                Name = $"row {row}",
            };
        })];
    }

    public static IDataView View(params GivenRecord[] rows) => new MLContext().Data.LoadFromEnumerable(rows);

    public static IDataView View(int rows, int seed = 5) => View(Rows(rows, seed));

    /// <summary>ln p(x | c).</summary>
    public static double LogLikelihood(GivenRecord row)
    {
        double[] c = [.. row.Context.Select(value => (double)value)];
        var (mean, (a, b, d)) = (Mean(c), Root(c));
        var u = (row.Features[0] - mean[0]) / a;
        var v = (row.Features[1] - mean[1] - (b * u)) / d;
        return (-0.5 * ((u * u) + (v * v))) - Math.Log(a * d) - Math.Log(2 * Math.PI);
    }

    public static GivenPrediction[] Predictions(ITransformer model, IDataView data) =>
        [.. new MLContext().Data.CreateEnumerable<GivenPrediction>(model.Transform(data), reuseRowObject: false)];

    /// <summary>A c + m.</summary>
    public static double[] Mean(double[] c) => [3 + (2 * c[0]) - c[1], -1 + c[0] + (0.5 * c[1])];

    /// <summary>The lower triangle of the root of Σ(c): first column, then what the second adds.</summary>
    private static (double First, double Mixed, double Second) Root(double[] c)
    {
        var (first, second, correlation) = (0.5 * Math.Exp(0.5 * c[0]), 0.3 * Math.Exp(-0.3 * c[0]), 0.8 * Math.Tanh(c[1]));
        return (first, correlation * second, second * Math.Sqrt(1 - (correlation * correlation)));
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
