using Microsoft.ML;

namespace AnomalyScoring.Detectors;

/// <summary>Scores with a trained ML.NET pipeline.</summary>
public sealed class PipelineScorer(MLContext mlContext, ITransformer model, Func<IDataView, IEnumerable<double>> read) : IScorer
{
    public double[] Score(float[][] rows) => [.. read(model.Transform(FeatureRow.View(mlContext, rows)))];

    public void Dispose() => (model as IDisposable)?.Dispose();
}
