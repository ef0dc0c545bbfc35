// AUROC of the flow with default options beside four other detectors, on synthetic tables and UCI data, training on ordinary rows only.
// Arguments: a part of the names of the tables to run (all when absent or "all"), the seed (default 1), the largest number of training
// rows, seconds for the flow (default 60).
// With a folder of CSV files (see FileTables): the file of results to write, or to go on with, seconds for the flow (default 60), and the
// number of seeds (default 5). Every method on every table and split; the summary alone with 0 seeds. Two more numbers: the share of
// anomalies among the training rows, and the share that the flow is told of (default 0).
// With the one argument "throughput" or "long": time and memory of scoring a million rows, or of training on them, instead.
using System.Diagnostics;
using System.Globalization;
using AnomalyScoring;
using MAFlow.Examples;
using MAFlow.AnomalyBenchmark;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["throughput"])
{
    Throughput.Run();
    return;
}

if (args is ["long"])
{
    LongTable.Run();
    return;
}

if (args is [var folder, var output, ..] && Directory.Exists(folder))
{
    // Timings are of one core, whatever else the machine does.
    TorchRuntime.EnsureLoaded();
    TorchSharp.torch.set_num_threads(1);
    var results = new Results(output);
    new FolderBenchmark(results, Number(2, 60), Number(4, 0), Number(5, 0)).Run(folder, (int)Number(3, 5));
    Summary.Print(results.All);
    return;

    double Number(int place, double otherwise) => args.Length > place ? double.Parse(args[place], CultureInfo.InvariantCulture) : otherwise;
}

var part = args is [var name, ..] && name != "all" ? name : "";
var seed = args is [_, var number, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : 1;
var mostRows = args is [_, _, var most, ..] ? int.Parse(most, CultureInfo.InvariantCulture) : int.MaxValue;
var seconds = args is [_, _, _, var limit, ..] ? double.Parse(limit, CultureInfo.InvariantCulture) : 60;
IDetector[] detectors = [new FlowDetector(seconds), new PcaDetector(), new GaussianDetector(), new KMeansDetector(), new NeighbourDetector(5)];
var (sums, tables, worst) = (new double[detectors.Length], 0, 0.0);

Console.WriteLine($"| table | rows x features | {string.Join(" | ", detectors.Select(detector => detector.Name))} | flow: s to train |");
Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("--:|", detectors.Length + 1))}");
foreach (var table in new SyntheticTables(seed).All().Concat(UciTables.All(seed)))
{
    if (!table.Name.Contains(part, StringComparison.OrdinalIgnoreCase) || table.Training.Length > mostRows)
    {
        continue;
    }

    var (aurocs, flowSeconds) = (new double[detectors.Length], 0.0);
    for (var i = 0; i < detectors.Length; i++)
    {
        var clock = Stopwatch.StartNew();
        using var scorer = detectors[i].Train(table.Training, seed);
        flowSeconds = i == 0 ? clock.Elapsed.TotalSeconds : flowSeconds;
        aurocs[i] = Ranking.Of(scorer.Score(table.Test), table.Anomalies).Auroc;
        sums[i] += aurocs[i];
    }

    tables++;
    worst = Math.Max(worst, aurocs[1..4].Max() - aurocs[0]);
    var cells = string.Join(" | ", aurocs.Select(auroc => $"{auroc:F3}"));
    Console.WriteLine($"| {table.Name} | {table.Training.Length} x {table.Training[0].Length} | {cells} | {flowSeconds:F1} |");
}

Console.WriteLine($"| mean of {tables} | | {string.Join(" | ", sums.Select(sum => $"{sum / tables:F3}"))} | |");
Console.WriteLine();
Console.WriteLine($"The flow is at most {worst:F3} below the best of RandomizedPca, Gaussian and KMeans.");
