using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>A model of 30 features with 64 hidden units, trained on a curved table: what a user scores row by row.</summary>
internal sealed class TrainedModel : IDisposable
{
    private const int Features = 30;
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly MongeAmpereFlowTransformer _transformer;
    private readonly PredictionEngine<Row, Scored> _engine;
    private readonly Row[] _rows;
    private readonly Tensor _batch;
    private int _next;

    public TrainedModel()
    {
        var random = new Random(1);
        _rows = [.. Enumerable.Range(0, 2000).Select(_ => Curve(random))];
        var data = _mlContext.Data.LoadFromEnumerable(_rows);
        _transformer = _mlContext.Transforms
            .MongeAmpereFlow("Latent", "Features", new() { HiddenUnits = 64, Depth = 20, MaxEpochs = 30, LearningRate = 2e-2, Seed = 1 })
            .Fit(data);
        _engine = _mlContext.Model.CreatePredictionEngine<Row, Scored>(_transformer, new PredictionEngineOptions { OwnsTransformer = false });
        using var scope = NewDisposeScope();
        var values = tensor(_rows.SelectMany(row => row.Features).ToArray(), [_rows.Length, Features]);
        _batch = _transformer.Model.Preprocessing.Forward(values).Points.to(float32).DetachFromDisposeScope();
    }

    /// <summary>Scores one row through ML.NET.</summary>
    public void Predict() => _engine.Predict(_rows[_next++ % _rows.Length]);

    /// <summary>Scores all rows to 0.01 nats.</summary>
    public void ScoreToTolerance()
    {
        using var scope = NewDisposeScope();
        _transformer.Model.Flow.EncodeToTolerance(_batch, 0.01);
    }

    /// <summary>Scores all rows at the paper's depth.</summary>
    public void ScoreDeeply()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _transformer.Model.Flow.At(100).LogProb(_batch);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _transformer.Dispose();
        _batch.Dispose();
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
