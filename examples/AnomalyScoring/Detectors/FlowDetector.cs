using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring.Detectors;

/// <summary>The Monge-Ampère flow with its default options: density and distances to training rows combined.</summary>
public sealed class FlowDetector(double maxSeconds = 60, CancellationToken cancellationToken = default) : IDetector
{
    public string Name => "Monge-Ampère flow";

    public IScorer Train(float[][] rows, int seed)
    {
        var mlContext = new MLContext(seed);
        var model = mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(new() { MaxSeconds = maxSeconds, CancellationToken = cancellationToken })
            .Fit(FeatureRow.View(mlContext, rows));
        return new PipelineScorer(mlContext, model, scored => scored.GetColumn<float>("Score").Select(score => (double)score));
    }
}
