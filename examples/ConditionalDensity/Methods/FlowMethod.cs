using ConditionalDensity.Data;
using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConditionalDensity.Methods;

/// <summary>The Monge-Ampère flow with its default options.</summary>
public static class FlowMethod
{
    public static readonly IReadOnlyList<double> Levels = [0.05, 0.15, 0.25, 0.35, 0.45, 0.5, 0.55, 0.65, 0.75, 0.85, 0.95];

    public static MongeAmpereFlowRegressionTransformer Train(DataSet set, Settings settings, CancellationToken cancellationToken) =>
        TrainingDisplay.Show(set.Name, progress =>
        {
            var mlContext = new MLContext(settings.Seed);
            return mlContext.Regression.Trainers.MongeAmpereFlow(new MongeAmpereFlowRegressionTrainer.Options
            {
                QuantileLevels = Levels, MaxSeconds = settings.MaxSeconds, Seed = settings.Seed, Progress = progress, CancellationToken = cancellationToken,
            }).Fit(Observation.View(mlContext, set.Training));
        });

    public static MethodResult Test(MongeAmpereFlowRegressionTransformer model, DataSet set)
    {
        var mlContext = new MLContext();
        var data = Observation.View(mlContext, set.Test);
        var metrics = model.Evaluate(data);
        return new(
            "Monge-Ampère flow", -metrics.MeanLogLikelihood, metrics.ContinuousRankedProbabilityScore, metrics.Coverage(0.9),
            mlContext.Regression.Evaluate(model.Transform(data)).RSquared, model.Report!.Elapsed.TotalSeconds, metrics.CumulativeHistogram);
    }

    /// <summary>Quantiles of each row, in the order of <see cref="Levels"/>.</summary>
    public static float[][] Quantiles(MongeAmpereFlowRegressionTransformer model, IReadOnlyList<Observation> rows) =>
        [.. model.Transform(Observation.View(new MLContext(), rows)).GetColumn<float[]>("Quantiles")];
}
