using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring;

/// <summary>A way to learn what ordinary rows look like.</summary>
public interface IDetector
{
    /// <summary>Name in tables and figures.</summary>
    string Name { get; }

    /// <summary>Learns from rows of features.</summary>
    IScorer Train(float[][] rows, int seed);
}

/// <summary>What a detector has learnt.</summary>
public interface IScorer : IDisposable
{
    /// <summary>One number a row: the higher, the more anomalous.</summary>
    double[] Score(float[][] rows);
}

/// <summary>The Monge-Ampère flow with its default options: density and distances to training rows combined.</summary>
public sealed class FlowDetector(double maxSeconds = 60, CancellationToken cancellationToken = default) : IDetector
{
    public string Name => "Monge-Ampère flow";

    public IScorer Train(float[][] rows, int seed)
    {
        var mlContext = new MLContext(seed);
        var model = mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(
            new() { MaxSeconds = maxSeconds, CancellationToken = cancellationToken })
            .Fit(FeatureRow.View(mlContext, rows));
        return new PipelineScorer(mlContext, model, scored => scored.GetColumn<float>("Score").Select(score => (double)score));
    }
}

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

/// <summary>Scores with a trained ML.NET pipeline.</summary>
public sealed class PipelineScorer(MLContext mlContext, ITransformer model, Func<IDataView, IEnumerable<double>> read) : IScorer
{
    public double[] Score(float[][] rows) => [.. read(model.Transform(FeatureRow.View(mlContext, rows)))];

    public void Dispose() => (model as IDisposable)?.Dispose();
}

/// <summary>A row as ML.NET reads it.</summary>
public sealed class FeatureRow
{
    public float[] Features { get; set; } = [];

    /// <summary>A view whose feature vectors have a known size, which ML.NET cannot know from the type alone.</summary>
    public static IDataView View(MLContext mlContext, float[][] rows, IReadOnlyList<string>? names = null)
    {
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Length);
        if (names is not null)
        {
            var slots = new VBuffer<ReadOnlyMemory<char>>(names.Count, [.. names.Select(name => name.AsMemory())]);
            schema[nameof(Features)].AddAnnotation("SlotNames", slots, new VectorDataViewType(TextDataViewType.Instance, names.Count));
        }

        return mlContext.Data.LoadFromEnumerable(rows.Select(row => new FeatureRow { Features = row }), schema);
    }
}
