using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Small detectors by each measure, trained once.</summary>
internal static class Measured
{
    private static readonly Dictionary<AnomalyMeasure, MongeAmpereFlowTransformer> _fitted = [];

    /// <summary>Every measure, for DynamicData.</summary>
    public static IEnumerable<object[]> All => Enum.GetValues<AnomalyMeasure>().Select(measure => new object[] { measure });

    /// <summary>A fitted transformer that all tests share, and none disposes.</summary>
    public static MongeAmpereFlowTransformer By(AnomalyMeasure measure)
    {
        if (!_fitted.TryGetValue(measure, out var model))
        {
            _fitted[measure] = model = Fit(Options(measure), Rows(500));
        }

        return model;
    }

    public static MongeAmpereFlowTrainer.Options Options(AnomalyMeasure measure) => new()
    {
        Measure = measure, MaxEpochs = 3, HiddenUnits = 8, Seed = 1, Contamination = 0.1, ScoringBatchSize = 16,
    };

    public static MongeAmpereFlowTransformer Fit(MongeAmpereFlowTrainer.Options options, float[][] rows) =>
        new MLContext(seed: 1).AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Tables.Vectors(rows));

    public static float[][] Rows(int rows, int seed = 7) => [.. Tables.Records(rows, seed).Select(record => record.Features)];

    /// <summary>Ordinary rows, and others that are far, missing, or impossible.</summary>
    public static float[][] Unusual()
    {
        var rows = Rows(60, seed: 9);
        (rows[3], rows[11], rows[20]) = ([float.NaN, 1, 2], [float.PositiveInfinity, 1, 2], [1e30f, 1, 2]);
        (rows[21], rows[22], rows[40]) = ([1e4f, -3, 2], [50, 50, 50], [float.NegativeInfinity, float.NaN, 2]);
        return rows;
    }
}
