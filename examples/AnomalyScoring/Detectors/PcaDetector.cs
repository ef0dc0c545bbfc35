using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring.Detectors;

/// <summary>ML.NET's RandomizedPca on standardised features: the score is the distance from the plane of half of the directions, at most
/// 20.</summary>
/// <remarks>
/// RandomizedPca divides that distance by the distance from the mean, so a row far out along the plane would pass for ordinary;
/// multiplied back, the
/// error of the reconstruction ranks anomalies much better.
/// </remarks>
public sealed class PcaDetector : IDetector
{
    public string Name => "RandomizedPca";

    public IScorer Train(float[][] rows, int seed)
    {
        var mlContext = new MLContext(seed);
        var rank = Math.Clamp(rows[0].Length / 2, 1, 20);
        var pipeline = mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(mlContext.AnomalyDetection.Trainers.RandomizedPca("Features", rank: rank, ensureZeroMean: true, seed: seed));
        return new PipelineScorer(mlContext, pipeline.Fit(FeatureRow.View(mlContext, rows)),
            scored => scored.GetColumn<float>("Score").Zip(scored.GetColumn<float[]>("Features"), (share, z) => share * Length(z)));
    }

    private static double Length(float[] z) => Math.Sqrt(z.Sum(value => (double)value * value));
}
