using System.Diagnostics;
using IsingFreeEnergy;
using MAFlow.Examples;
using static TorchSharp.torch;

return CommandLine.Run(args, (settings, cancellationToken) =>
{
    TorchRuntime.EnsureLoaded();
    // Blocks of rows share the processors, which is faster than sharing each operation.
    set_num_threads(1);
    Terminal.Widen(120);

    if (settings.Model == Model.Phi4)
    {
        Phi4Run.Run(settings, cancellationToken);
        return;
    }

    var clock = Stopwatch.StartNew();
    var folder = new RunFolder(settings);
    using var energy = IsingModel.Energy(settings);
    var (sites, exact) = (energy.Lattice!.Sites, -energy.ExactLogPartition());

    // Train, unless the run that is resumed has done so.
    var trained = folder.Trained;
    var isTrained = trained is not null;
    var rungs = folder.Rungs;
    if (settings.Boundary == Boundary.Periodic && trained is null)
    {
        (var climbed, trained, rungs) = LadderTraining.Run(
            energy.Lattice, IsingModel.EnergyAt(settings), energy.SampleSpins, settings, folder, cancellationToken);
        // It sees every phase from the start.
        climbed.Save(folder.WarmStart);
        climbed.Dispose();
    }

    WarmStart.Prepare(energy, settings, folder, trained, cancellationToken);
    using var covering = MongeAmpereFlow.Load(folder.WarmStart);
    using var flow = MongeAmpereFlow.Load(trained is null ? folder.WarmStart : folder.Flow);
    trained ??= TrainingDisplay.Show(sites, exact, display =>
    {
        var stages = new Stages(new StageFiles(folder, sites), flow, energy.SampleSpins, settings, display);
        if (settings.HasWarmStart)
        {
            stages.Keep(1, 0, flow.Options.Depth);
        }

        var trainer = new VariationalTrainer(IsingTraining.Options(settings, folder.Checkpoint));
        var report = trainer.Fit(flow, energy, stages, cancellationToken);
        stages.Keep(StageFiles.Stages - 1, report.Steps, report.Depth);
        folder.KeepTrained(flow, report);
        return report;
    });
    if (isTrained)
    {
        Console.WriteLine($"Training had ended after {trained.Steps} steps; estimating again.");
    }

    if (!settings.Processes.IsFirst)
    {
        return;
    }

    var figure = Figure4.Write(folder, settings, trained.History, exact / sites);
    string[] files = [folder.Flow, CurveFile.Write(folder, trained.History, sites), figure];
    // Check the flow against weights and chains that know the energy, in the time that is left.
    var left = settings.Time - (isTrained ? settings.WarmStartTime + settings.TrainingTime : clock.Elapsed);
    var least = 0.15 * settings.Time;
    // The flow stands at the depth that the training ended with.
    var estimates = new Estimation(flow, covering, energy, settings, left > least ? left : least, cancellationToken).Run();
    ResultPrinter.Print(trained, estimates, sites, exact);
    if (settings.Report is { } report)
    {
        ReportFile.Save(report.FullName, IsingReport.Of(settings, energy, flow, trained, rungs, estimates, clock.Elapsed));
        files = [.. files, report.FullName];
    }

    OutputFiles.Print(files);
});
