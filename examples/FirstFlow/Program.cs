// MAFlow.Torch without ML.NET: learns a density of one variable with two peaks, scores, samples, saves, and draws figure 1 of the paper.
// Argument: the folder for flow.safetensors and flow.png, by default out/first. Half a minute.
using FirstFlow;
using MAFlow.Examples;
using TorchSharp;

return ConsoleProgram.Run([new(args is [var name, ..] ? name : "out/first")], "Cancelled.", cancellationToken =>
{
    var folder = new DirectoryInfo(args is [var name, ..] ? name : "out/first");
    TorchRuntime.EnsureLoaded();
    torch.set_num_threads(1);
    using var generator = new torch.Generator(1);

    // The data: a row per observation, a column per variable.
    using var data = TwoPeaks.Draw(4000, generator);

    // The model: a potential at rest, which begins as the standard normal itself.
    var options = new DensityModelOptions { Bijections = [], HiddenUnits = 64, Flow = new() { Horizon = 1, Depth = 16 } };
    using var model = options.Build(data, generator, cancellationToken: cancellationToken);

    // Maximum likelihood, equation 6 of the paper.
    var trainer = new DensityTrainer(new() { MaxEpochs = 60, BatchSize = 128, LearningRate = 1e-2 });
    var report = EpochDisplay.Show(
        "two peaks", progress => trainer.Fit(model, data, progress: progress, cancellationToken: cancellationToken));
    foreach (var remark in report.Remarks)
    {
        Console.WriteLine(remark);
    }

    // ln p of fresh rows, and how much of it is the integrator's error: twice as many steps should not change it.
    using var fresh = TwoPeaks.Draw(4000, generator);
    var coarse = model.Evaluate(fresh, cancellationToken: cancellationToken).MeanNll;
    var fine = model.At(2 * model.Flow.Depth).Evaluate(fresh, cancellationToken: cancellationToken).MeanNll;
    Console.WriteLine(FormattableString.Invariant(
        $"NLL {coarse:F4} nats at depth {model.Flow.Depth}, {fine:F4} at twice that; of the true density {TwoPeaks.Nll(fresh):F4}"));

    // New rows, and a file that any process loads.
    using var samples = model.Sample(5, generator);
    Console.WriteLine($"five samples: {string.Join("  ", samples.data<double>().ToArray().Select(x => Math.Round(x, 2)))}");
    var file = Path.Combine(folder.FullName, "flow.safetensors");
    model.Save(file);

    OutputFiles.Print([file, FlowFigure.Write(folder, model, data)]);
});
