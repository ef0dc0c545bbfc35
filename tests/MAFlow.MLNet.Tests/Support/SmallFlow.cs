using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>A flow that trains in an instant.</summary>
internal static class SmallFlow
{
    private static readonly Lazy<MongeAmpereFlowTransformer> _fitted = new(() => Fit(Options()));

    /// <summary>One fitted transformer that all tests share, and none disposes.</summary>
    public static MongeAmpereFlowTransformer Fitted => _fitted.Value;

    public static MongeAmpereFlowEstimator.Options Options() => new()
    {
        HiddenUnits = 8, Depth = 4, MaxEpochs = 3, ScoringBatchSize = 16, Seed = 1, Model = new(), Training = new() { BatchSize = 32, AverageDecay = 0.5 },
    };

    public static MongeAmpereFlowTransformer Fit(MongeAmpereFlowEstimator.Options options, MLContext? context = null, IDataView? data = null)
    {
        context ??= new MLContext(seed: 1);
        return Estimator(options, context).Fit(data ?? Tables.View(context, 200));
    }

    public static MongeAmpereFlowEstimator Estimator(MongeAmpereFlowEstimator.Options? options = null, MLContext? context = null) =>
        (context ?? new MLContext(seed: 1)).Transforms.MongeAmpereFlow("Latent", "Features", options ?? Options());

    public static float[] Scores(ITransformer model, IDataView data) => Read(model.Transform(data));

    public static float[] Read(IDataView scored) =>
        [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float>(scored, scored.Schema["Score"])];
}
