using MAFlow.MLNet;
using MAFlow.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>A model of 30 features with 64 hidden units, trained on a curved table: what a user scores row by row.</summary>
internal sealed class TrainedModel : IDisposable
{
    private const int Features = 30;
    private readonly MLContext mlContext = new(seed: 1);
    private readonly MongeAmpereFlowTransformer transformer;
    private readonly PredictionEngine<Row, Scored> engine;
    private readonly Row[] rows;
    private readonly Tensor batch;
    private int next;

    public TrainedModel()
    {
        var random = new Random(1);
        rows = [.. Enumerable.Range(0, 2000).Select(_ => Curve(random))];
        var data = mlContext.Data.LoadFromEnumerable(rows);
        transformer = mlContext.Transforms
            .MongeAmpereFlow("Latent", "Features", new() { HiddenUnits = 64, Depth = 20, MaximumEpochs = 30, LearningRate = 2e-2, Seed = 1 })
            .Fit(data);
        engine = mlContext.Model.CreatePredictionEngine<Row, Scored>(transformer, new PredictionEngineOptions { OwnsTransformer = false });
        using var scope = NewDisposeScope();
        var values = tensor(rows.SelectMany(row => row.Features).ToArray(), [rows.Length, Features]);
        batch = transformer.Model.Preprocessing.Forward(values).Y.to(float32).DetachFromDisposeScope();
    }

    /// <summary>Scores one row through ML.NET.</summary>
    public void Predict() => engine.Predict(rows[next++ % rows.Length]);

    /// <summary>Scores all rows to 0.01 nats.</summary>
    public void ScoreToTolerance()
    {
        using var scope = NewDisposeScope();
        transformer.Model.Flow.EncodeToTolerance(batch, new StepDoubling(0.01));
    }

    /// <summary>Scores all rows at the paper's depth.</summary>
    public void ScoreDeeply()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        transformer.Model.Flow.LogProb(batch, depth: 100);
    }

    public void Dispose()
    {
        engine.Dispose();
        transformer.Dispose();
        batch.Dispose();
    }

    private static Row Curve(Random random)
    {
        var phase = random.NextSingle() * 6;
        return new() { Features = [.. Enumerable.Range(0, Features).Select(i => MathF.Sin(phase + i) + (0.3f * (random.NextSingle() - 0.5f)))] };
    }

    private sealed class Row
    {
        [VectorType(TrainedModel.Features)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
