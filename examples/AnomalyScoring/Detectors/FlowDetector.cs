using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring.Detectors;

/// <summary>The Monge-Ampère flow with its default options: the score is the negative log-likelihood.</summary>
public sealed class FlowDetector(double maximumSeconds = 60, IReadOnlyList<string>? names = null) : IDetector
{
    public string Name => "Monge-Ampère flow";

    public IScorer Train(float[][] rows, int seed)
    {
        var mlContext = new MLContext(seed);
        var model = mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options
        {
            MaximumSeconds = maximumSeconds,
            ContributionsColumnName = names is null ? null : "Contributions",
        }).Fit(FeatureRow.View(mlContext, rows, names));
        return new FlowScorer(mlContext, model);
    }
}

/// <summary>A trained flow.</summary>
public sealed class FlowScorer(MLContext mlContext, MongeAmpereFlowTransformer model) : IScorer
{
    public MongeAmpereFlowTransformer Model => model;

    public double[] Score(float[][] rows) =>
        [.. model.Transform(FeatureRow.View(mlContext, rows)).GetColumn<float>("Score").Select(score => (double)score)];

    public void Dispose() => model.Dispose();
}
