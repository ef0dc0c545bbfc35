using System.CommandLine;
using MAFlow.Examples;

namespace MnistDensity;

/// <summary>Commands, options and their checks.</summary>
public static class CommandLine
{
    public static int Run(string[] args)
    {
        var common = new CommonOptions();
        var root = new RootCommand("Density estimation of MNIST, the first application of Zhang, E, Wang (2018).")
        {
            Train(common), Evaluate(common), Sample(common), Gaussianize(common),
        };
        return ConsoleProgram.Invoke(root, args);
    }

    private static Command Train(CommonOptions common)
    {
        var minutes = Options.Number<double?>(
            "--minutes", null,
            $"Time for training, to which the schedule is fitted; {Budget.DefaultMinutes:F0} if neither this nor --epochs is given.",
            value => value is > 0 and <= 100_000, "a positive number of minutes");
        var epochs = Options.Number<int?>(
            "--epochs", null, "Most passes over the training images; with --minutes, whichever ends first.",
            value => value is > 0, "a whole number from 1");
        var rows = Options.Number(
            "--rows", Budget.AllRows, "Train on the first N images only: quick, and worse.",
            value => value is >= Budget.FewestRows and <= Budget.AllRows, $"a whole number from {Budget.FewestRows} to {Budget.AllRows}");
        var pixels = Options.Of(
            "--pixels", PixelMap.Histograms.Name, "Map before the flow: histograms of the pixels, or the paper's logit.");
        var potential = Options.Of(
            "--potential", FlowDesign.Convolution, "What the flow is made of: Convolution, or Ridge, the paper's hidden layer.");
        pixels.AcceptOnlyFromAmong([.. PixelMap.All.Select(map => map.Name)]);
        var precision = Options.Of(
            "--precision", Precision.Fastest, "Products in training: Full (float32), BFloat16Products, or the Fastest of both here.");
        var mpi = Options.Mpi();
        var command = common.AddTo(new Command("train", "Trains a model, or goes on with an interrupted training; then scores it."));
        Array.ForEach<Option>([minutes, epochs, rows, potential, pixels, precision, mpi], command.Add);
        command.SetAction(parsed => Guard(common.Read(parsed), (settings, cancellation) =>
        {
            using var processes = parsed.GetValue(mpi) ? Processes.OfMpi() : Processes.Alone;
            var (time, passes) = (parsed.GetValue(minutes), parsed.GetValue(epochs));
            var budget = new Budget(time is null && passes is null ? Budget.DefaultMinutes : time, passes, parsed.GetValue(rows));
            var map = PixelMap.All.Single(map => map.Name == parsed.GetRequiredValue(pixels));
            var ours = settings with { Processes = processes, Output = processes.Folder(settings.Output) };
            TrainCommand.Run(ours, budget, parsed.GetValue(potential), map, parsed.GetValue(precision), cancellation);
        }));
        return command;
    }

    private static Command Evaluate(CommonOptions common) =>
        WithModel(
            "evaluate", "Scores a model: test, validation and training likelihood beside table 1 of the paper.", common, Commands.Evaluate);

    private static Command Sample(CommonOptions common) =>
        WithModel("sample", "Draws digits from a model.", common, Commands.Sample);

    private static Command Gaussianize(CommonOptions common) =>
        WithModel("gaussianize", "Shows test digits on their way to Gaussian noise, figure 3b of the paper.", common, Commands.Gaussianize);

    private static Command WithModel(
        string name, string description, CommonOptions common, Action<Settings, FileInfo?, CancellationToken> job)
    {
        var model = new Option<FileInfo?>("--model")
        {
            Description = "Model file that train wrote; the trained weights of this example if left out.", HelpName = "FILE",
        };
        var command = common.AddTo(new Command(name, description));
        command.Add(model);
        command.SetAction(parsed => Guard(
            common.Read(parsed), (settings, cancellation) => job(settings, parsed.GetValue(model), cancellation)));
        return command;
    }

    private static int Guard(Settings settings, Action<Settings, CancellationToken> job) => ConsoleProgram.Run(
        [settings.Output, settings.Report?.Directory], Options.FilesAreKept, cancellation => job(settings, cancellation));
}
