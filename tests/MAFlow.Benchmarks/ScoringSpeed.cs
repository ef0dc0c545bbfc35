using System.Diagnostics;
using System.Globalization;
using MAFlow.MLNet;
using MAFlow.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>The managed scorer beside the tensors of the same model, which an anomaly trainer fitted to 30 features: one row, 256 rows, and a
/// million rows through a view.</summary>
internal sealed class ScoringSpeed : IDisposable
{
    private const int Features = 30, BatchSize = 256, Pool = 4096, ViewRows = 1_000_000, TensorBatches = 400;
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly MongeAmpereFlowTransformer _transformer;
    private readonly DensityScorer _scorer;
    private readonly float[][] _pool;
    private readonly float[] _batch;
    private readonly float[] _logProb = new float[BatchSize];

    public ScoringSpeed()
    {
        var random = new Random(1);
        _pool = [.. Enumerable.Range(0, Pool).Select(_ => Enumerable.Range(0, Features).Select(_ => random.NextSingle() + random.NextSingle()).ToArray())];
        _batch = [.. _pool.Take(BatchSize).SelectMany(row => row)];
        _transformer = _mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(new() { MaxSteps = 400, Seed = 1, ScoringBatchSize = BatchSize, Measure = AnomalyMeasure.Density })
            .Fit(View(_pool.Length));
        using var stream = new MemoryStream();
        _transformer.Model.Save(stream);
        stream.Position = 0;
        _scorer = DensityScorer.Load(stream, stream.Length);
    }

    /// <summary>Microseconds a row: by tensors, by the scorer, by the scorer on one thread.</summary>
    /// <param name="rows">Rows of one call.</param>
    /// <param name="rounds">Calls.</param>
    public (double Tensors, double Scorer, double OneThread) Measure(int rows, int rounds)
    {
        var (values, alone) = (_batch[..(rows * Features)], _scorer.OnThreads(1));
        using var input = tensor(values, [rows, Features]);
        var times = InterleavedTiming.Measure(
            rounds, () => ByTensors(input), () => _scorer.LogProb(values, _logProb.AsSpan(0, rows)), () => alone.LogProb(values, _logProb.AsSpan(0, rows)));
        double Microseconds(int action) => 1e6 * InterleavedTiming.Median(times[action]) / rows;
        return (Microseconds(0), Microseconds(1), Microseconds(2));
    }

    /// <summary>Seconds that a million rows take through a lazy view, and by tensors in batches of the same size, of which some are
    /// measured.</summary>
    public (double View, double Tensors) MeasureMillion()
    {
        _ = Read(View(20_000));
        var watch = Stopwatch.StartNew();
        _ = Read(View(ViewRows));
        var view = watch.Elapsed.TotalSeconds;
        using var input = tensor(_batch, [BatchSize, Features]);
        ByTensors(input);
        watch.Restart();
        for (var i = 0; i < TensorBatches; i++)
        {
            ByTensors(input);
        }

        return (view, watch.Elapsed.TotalSeconds * ViewRows / (TensorBatches * BatchSize));
    }

    /// <summary>Measures and prints everything.</summary>
    public static void Report()
    {
        using var speed = new ScoringSpeed();
        var flow = speed._transformer.Model.Flow;
        Console.WriteLine($"{Features} features, {flow.ParameterCount:N0} parameters, depth {flow.Depth}, {Environment.ProcessorCount} cores");
        foreach (var (rows, rounds) in ((int, int)[])[(1, 3000), (BatchSize, 200)])
        {
            // Enough calls for the runtime to compile the path with optimisations.
            speed.Measure(rows, rounds);
            var (tensors, scorer, oneThread) = speed.Measure(rows, rounds);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{rows,7} rows: {tensors:F2} µs a row by tensors, {scorer:F2} by the scorer, {oneThread:F2} on one thread; {tensors / scorer:F1} times as fast"));
        }

        var million = speed.MeasureMillion();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{ViewRows} rows: {million.View:F1} s through a view, {million.Tensors:F1} s by tensors; {million.Tensors / million.View:F1} times as fast"));
    }

    public void Dispose() => _transformer.Dispose();

    private void ByTensors(Tensor rows)
    {
        using var scope = NewDisposeScope();
        _transformer.Model.LogProb(rows);
    }

    private int Read(IDataView data)
    {
        var scored = _transformer.Transform(data);
        return scored.GetColumn<float>(scored.Schema["Score"]).Count();
    }

    private IDataView View(int rows) => _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(row => new Row { Features = _pool[row % Pool] }));

    private sealed class Row
    {
        [VectorType(ScoringSpeed.Features)]
        public float[] Features { get; set; } = [];
    }
}
