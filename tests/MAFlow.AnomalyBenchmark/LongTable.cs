using System.Diagnostics;
using AnomalyScoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.AnomalyBenchmark;

/// <summary>Trains on a million rows of 30 features from a view that never holds them: time and memory stay within their bounds.</summary>
internal static class LongTable
{
    private const int Rows = 1_000_000, Features = 30, Pool = 4096;
    private const double Seconds = 30;

    public static void Run()
    {
        var mlContext = new MLContext(1);
        var random = new Random(1);
        var pool = Enumerable.Range(0, Pool).Select(_ => Enumerable.Range(0, Features).Select(_ => random.NextSingle() + random.NextSingle()).ToArray()).ToArray();
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema[nameof(FeatureRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Features);
        var buffer = new FeatureRow { Features = new float[Features] };
        var data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(row =>
        {
            for (var i = 0; i < Features; i++)
            {
                buffer.Features[i] = pool[row % Pool][i] + (0.1f * random.NextSingle());
            }

            return buffer;
        }), schema);
        // What libtorch and the runtime take in any case.
        mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(maxSeconds: 2).Fit(FeatureRow.View(mlContext, pool)).Dispose();

        using var process = Process.GetCurrentProcess();
        var (baseline, peak) = (process.WorkingSet64, 0L);
        using var watcher = new Timer(_ =>
        {
            process.Refresh();
            peak = Math.Max(peak, process.WorkingSet64);
        }, null, 0, 20);
        var clock = Stopwatch.StartNew();
        using var model = mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(maxSeconds: Seconds).Fit(data);
        Console.WriteLine($"{Rows:N0} rows of {Features} features ({Rows * 4L * Features / 1e6:F0} MB), at most {Seconds} s:");
        Console.WriteLine($"fitted in {clock.Elapsed.TotalSeconds:F1} s ({model.Report!.StopReason} after {model.Report.History.Count} epochs);");
        Console.WriteLine($"memory {baseline / 1e6:F0} MB before, at most {(peak - baseline) / 1e6:F0} MB more while training.");
    }
}
