using System.Diagnostics;
using ClusterFreeEnergy;
using MAFlow.Examples;
using static TorchSharp.torch;

return CommandLine.Run(args, (settings, cancellationToken) =>
{
    TorchRuntime.EnsureLoaded();
    // Blocks of rows share the processors, which is faster than sharing each operation.
    set_num_threads(1);
    Terminal.Widen(120);

    var clock = Stopwatch.StartNew();
    var cluster = new Cluster(settings);
    using var energy = cluster.Energy();
    using var flow = cluster.Flow();
    Console.WriteLine($"{cluster.Name}: {flow.ParameterCount} parameters");

    // Train towards the energy alone: no configuration is known beforehand.
    var trained = TrainingDisplay.Show(energy.ExactLogPartition(), display =>
        new VariationalTrainer(cluster.Training(energy)).Fit(flow, energy, display, cancellationToken));
    foreach (var remark in trained.Remarks)
    {
        Console.WriteLine(remark);
    }

    var path = Path.Combine(settings.Output.FullName, "flow.safetensors");
    flow.Save(path);

    // Check the flow against weights, chains and an annealing, in the time that is left. It has the depth that the training ended with.
    var estimates = new Estimation(cluster, flow, energy, settings.Time - clock.Elapsed, cancellationToken).Run();
    var report = ClusterReport.Of(cluster, energy, flow, trained, estimates, clock.Elapsed);
    ResultPrinter.Print(report);
    IReadOnlyList<string> files = [path, .. Figures.Write(cluster, estimates.Comparison)];
    if (settings.Report is { } file)
    {
        ReportFile.Save(file.FullName, report);
        files = [.. files, file.FullName];
    }

    OutputFiles.Print(files);
});
