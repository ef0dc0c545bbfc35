using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring.Detectors;

/// <summary>ML.NET's RandomizedPca on standardised features: the score is the error of the projection on half of the directions, at most 20.</summary>
public sealed class PcaDetector : IDetector
{
    public string Name => "RandomizedPca";

    public IScorer Train(float[][] rows, int seed)
    {
        var mlContext = new MLContext(seed);
        var rank = Math.Clamp(rows[0].Length / 2, 1, 20);
        var pipeline = mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(mlContext.AnomalyDetection.Trainers.RandomizedPca("Features", rank: rank, seed: seed));
        return new PipelineScorer(mlContext, pipeline.Fit(FeatureRow.View(mlContext, rows)),
            scored => scored.GetColumn<float>("Score").Select(score => (double)score));
    }
}
