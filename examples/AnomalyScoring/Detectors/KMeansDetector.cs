using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring.Detectors;

/// <summary>ML.NET's KMeans on standardised features: the score is the distance from the nearest of five centres.</summary>
public sealed class KMeansDetector : IDetector
{
    private const int Clusters = 5;

    public string Name => "KMeans";

    public IScorer Train(float[][] rows, int seed)
    {
        var mlContext = new MLContext(seed);
        var pipeline = mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(mlContext.Clustering.Trainers.KMeans("Features", numberOfClusters: Clusters));
        return new PipelineScorer(mlContext, pipeline.Fit(FeatureRow.View(mlContext, rows)),
            scored => scored.GetColumn<float[]>("Score").Select(distances => (double)distances.Min()));
    }
}
