using System.Globalization;
using IsingFreeEnergy;
using MAFlow.Examples;
using MAFlow.Torch;
using static TorchSharp.torch;

return CommandLine.Run(args, (settings, cancellationToken) =>
{
    TorchRuntime.EnsureLoaded();
    set_num_threads(1);
    using var energy = new IsingEnergy(Lattice.Square(settings.Size, settings.Boundary), settings.Temperature);
    using var flow = IsingModel.Create(energy, settings);
    var (sites, exact) = (energy.Lattice!.Sites, -energy.ExactLogPartition);

    // Train.
    var checkpoint = Path.Combine(settings.Output.FullName, "training.safetensors");
    if (!settings.Resume)
    {
        File.Delete(checkpoint);
    }

    var trainer = new VariationalTrainer(new()
    {
        Steps = 1_000_000,
        TimeLimit = TimeSpan.FromMinutes(settings.Minutes),
        MeasureEverySteps = 20,
        FinalSamples = 2048,
        // Relative to the error bar of F.
        DepthTolerance = 0.5,
        Optimizer = new() { LearningRate = 2e-2 },
        CheckpointPath = checkpoint,
        Seed = (ulong)settings.Seed,
    });
    TrainingDisplay.Begin();
    var trained = trainer.Fit(flow, energy, new TrainingDisplay(sites, exact), cancellationToken);
    flow.Save(Path.Combine(settings.Output.FullName, "flow.safetensors"), trained.Depth);
    AtomicFile.Write(Path.Combine(settings.Output.FullName, "curve.csv"), path => File.WriteAllLines(path, [
        "step,seconds,freeEnergyPerSite,standardErrorPerSite,stdLogWeight,depth,depthCheckPerSite",
        .. trained.Curve.Select(point => string.Create(CultureInfo.InvariantCulture,
            $"{point.Step},{point.ElapsedSeconds:F1},{point.Measurement.FreeEnergy / sites:R},{point.Measurement.StandardError / sites:R},{point.Measurement.Deviation:R},{point.Measurement.Depth},{point.Measurement.DepthCheck / sites:R}")),
    ]));

    // Check the flow against weights and chains that know the energy.
    using var generator = new Generator((ulong)settings.Seed + 1);
    var observables = new Dictionary<string, Func<Tensor, Tensor>> { ["m²"] = energy.MagnetizationSquared };
    var weighted = new ImportanceSampler(flow, energy, trained.Depth).Run(new() { Samples = 2048 }, generator, observables, null, cancellationToken);
    var metropolis = new IndependenceSampler(flow, energy, trained.Depth).Run(new(), generator, observables, null, cancellationToken);
    var hybrid = new LatentChainSampler(flow, energy, trained.Depth).Run(new() { Chains = 32, Steps = 100 }, generator, observables, null, cancellationToken);

    var final = trained.Final;
    Console.WriteLine(final is null
        ? "No depth up to the largest allowed converged, so no bound is reported."
        : string.Create(CultureInfo.InvariantCulture, $"F/site {final.FreeEnergy / sites:F6} ± {final.StandardError / sites:F6}, exact {exact / sites:F6}, gap {(final.FreeEnergy - exact) / sites:F6}"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"importance weighted {-weighted.LogPartition.Value / sites:F6} ± {weighted.LogPartition.StandardError / sites:F6} ({weighted.EffectiveSampleFraction:P1} effective, k {weighted.ParetoShape:F2}{(weighted.IsReliable ? "" : ", not reliable")})"));
    Console.WriteLine($"m² {metropolis.Observables["m²"]} (Metropolis, acceptance {metropolis.Acceptance:F2}), {hybrid.Observables["m²"]} (latent HMC, acceptance {hybrid.Acceptance:F2})");
    if (settings.Report is { } report)
    {
        new IsingReport(
            settings.Size, settings.Temperature, settings.Boundary.ToString(), exact / sites, final?.FreeEnergy / sites, final?.StandardError / sites,
            final?.FreeEnergy - exact, final?.Deviation, trained.Depth, final?.DepthCheck / sites, -weighted.LogPartition.Value / sites,
            weighted.LogPartition.StandardError / sites, weighted.EffectiveSampleFraction, weighted.ParetoShape, weighted.IsReliable, metropolis.Acceptance,
            metropolis.AutocorrelationTime, metropolis.Observables["m²"].Value, metropolis.Observables["m²"].StandardError,
            hybrid.Observables["m²"].Value, hybrid.Observables["m²"].StandardError,
            flow.ParameterCount, trained.Steps, trained.Elapsed.TotalSeconds).Save(report.FullName);
    }
});
