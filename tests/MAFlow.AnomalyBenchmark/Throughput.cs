using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using AnomalyScoring;
using static TorchSharp.torch;

namespace MAFlow.AnomalyBenchmark;

/// <summary>Scores a million rows of 30 features from a view that never holds them, beside the bare flow on batches of the same
/// size.</summary>
internal static class Throughput
{
    private const int Rows = 1_000_000, Features = 30, BatchSize = 256, Pool = 4096;

    public static void Run()
    {
        var mlContext = new MLContext(1);
        var random = new Random(1);
        var pool = Enumerable.Range(0, Pool).Select(_ => Enumerable.Range(0, Features).Select(_ => random.NextSingle() + random.NextSingle()).ToArray()).ToArray();
        using var model = mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(maxSeconds: 10).Fit(FeatureRow.View(mlContext, pool));
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema[nameof(FeatureRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Features);
        var data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(row => new FeatureRow { Features = pool[row % Pool] }), schema);

        var depth = model.Model.Flow.Depth;
        var batch = tensor(pool.Take(BatchSize).SelectMany(row => row).ToArray(), [BatchSize, Features]);
        _ = Bare(100);
        _ = model.Transform(mlContext.Data.TakeRows(data, 20_000)).GetColumn<float>("Score").Count();
        using var process = Process.GetCurrentProcess();
        var (baseline, peak) = (process.WorkingSet64, 0L);

        var clock = Stopwatch.StartNew();
        var scored = model.Transform(data);
        using (var cursor = scored.GetRowCursor([scored.Schema["Score"], scored.Schema["PredictedLabel"], scored.Schema["PValue"]]))
        {
            var (score, label, pValue) = (
                cursor.GetGetter<float>(scored.Schema["Score"]), cursor.GetGetter<bool>(scored.Schema["PredictedLabel"]), cursor.GetGetter<float>(scored.Schema["PValue"]));
            var (value, anomaly, p) = (0f, false, 0f);
            while (cursor.MoveNext())
            {
                score(ref value);
                label(ref anomaly);
                pValue(ref p);
                if (cursor.Position % 10_000 != 0)
                {
                    continue;
                }

                process.Refresh();
                peak = Math.Max(peak, process.WorkingSet64);
            }
        }

        var viewSeconds = clock.Elapsed.TotalSeconds;
        var bareSeconds = Bare(Rows / BatchSize);
        Console.WriteLine($"{Rows:N0} rows of {Features} features, {model.Model.Flow.ParameterCount:N0} parameters, depth {depth}, batches of {BatchSize}:");
        Console.WriteLine($"through the view {viewSeconds:F2} s, the bare flow {bareSeconds:F2} s, ratio {viewSeconds / bareSeconds:F2};");
        Console.WriteLine($"memory {baseline / 1e6:F0} MB before, at most {(peak - baseline) / 1e6:F0} MB more while scoring.");

        double Bare(int batches)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < batches; i++)
            {
                using var scope = NewDisposeScope();
                _ = model.Model.LogProb(batch);
            }

            return watch.Elapsed.TotalSeconds;
        }
    }
}
