using System.Diagnostics;
using AnomalyScoring;
using MAFlow.Examples;

namespace MAFlow.AnomalyBenchmark;

/// <summary>Every method on every table of a folder: random halves of the ordinary rows, no copies of training rows in the test.</summary>
/// <param name="results">Where results go; those that it has are not computed again.</param>
/// <param name="seconds">Largest number of seconds for a fit of the flow.</param>
/// <param name="contamination">Share of anomalies among the training rows.</param>
/// <param name="trimmed">Share of them that the flow is told of.</param>
internal sealed class FolderBenchmark(Results results, double seconds, double contamination = 0, double trimmed = 0)
{
    private static readonly IDetector[] _others =
        [new NeighbourDetector(1), new NeighbourDetector(5), new KMeansDetector(), new GaussianDetector(), new MixtureDetector(), new PcaDetector()];

    public void Run(string folder, int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            foreach (var file in FileTables.In(folder))
            {
                var name = FileTables.Name(file);
                string[] missing = [.. _others.Select(detector => detector.Name).Concat(FlowByMeasure.Names).Where(method => !results.Has(name, seed, method))];
                if (missing.Length > 0)
                {
                    var (ordinary, anomalies) = FileTables.Read(file);
                    Run(LabelledTable.Split(name, ordinary, anomalies, seed, contamination).WithoutCopies(), seed, missing);
                }
            }
        }
    }

    private void Run(LabelledTable table, int seed, string[] missing)
    {
        foreach (var detector in _others.Where(detector => missing.Contains(detector.Name)))
        {
            var clock = Stopwatch.StartNew();
            Add(table, seed, detector.Name, () =>
            {
                using var scorer = detector.Train(table.Training, seed);
                return scorer.Score(table.Test);
            }, clock);
        }

        if (!missing.Any(FlowByMeasure.Names.Contains))
        {
            return;
        }

        var watch = Stopwatch.StartNew();
        try
        {
            using var flow = new FlowByMeasure(table.Training, seed, seconds, trimmed);
            var training = watch.Elapsed;
            foreach (var method in FlowByMeasure.Names)
            {
                watch.Restart();
                Add(table, seed, method, () => flow.Score(method, table.Test), watch, training);
            }
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            Console.Error.WriteLine($"{table.Name}, seed {seed}: {error.Message}");
        }
    }

    private void Add(LabelledTable table, int seed, string method, Func<double[]> score, Stopwatch clock, TimeSpan before = default)
    {
        if (results.Has(table.Name, seed, method))
        {
            return;
        }

        var ranking = new Ranking(double.NaN, double.NaN, double.NaN, double.NaN);
        try
        {
            ranking = Ranking.Of(score(), table.Anomalies);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or NotSupportedException)
        {
            Console.Error.WriteLine($"{table.Name}, seed {seed}, {method}: {error.Message}");
        }

        var result = new Result(table.Name, seed, method, table.Training.Length, table.Training[0].Length, ranking.Auroc, ranking.AveragePrecision,
            (before + clock.Elapsed).TotalSeconds);
        results.Add(result);
        Console.WriteLine(result);
    }
}
