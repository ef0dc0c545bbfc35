using System.CommandLine;
using MAFlow.Examples;
using MnistDensity.Commands;

namespace MnistDensity;

/// <summary>Commands, options and their checks.</summary>
public static class CommandLine
{
    public static int Run(string[] args)
    {
        var common = new CommonOptions();
        var root = new RootCommand("Density estimation of MNIST with a Monge-Ampère flow, the first application of Zhang, E, Wang (2018).")
        {
            Train(common), Evaluate(common), Sample(common), Gaussianize(common),
        };
        return ConsoleProgram.Invoke(root, args);
    }

    private static Command Train(CommonOptions common)
    {
        var minutes = CommonOptions.Number<double?>("--minutes", "M", value => value is null or > 0 and <= 100_000, "a positive number of minutes");
        minutes.Description = $"Time for training, to which the schedule is fitted; {Budget.DefaultMinutes:F0} if neither this nor --epochs is given.";
        var epochs = CommonOptions.Number<int?>("--epochs", "N", value => value is null or > 0, "a whole number from 1");
        epochs.Description = "Most passes over the training images; with --minutes, whichever ends first.";
        var rows = CommonOptions.Number<int>("--rows", "N", value => value is >= Budget.FewestRows and <= Budget.AllRows, $"a whole number from {Budget.FewestRows} to {Budget.AllRows}");
        rows.Description = "Train on the first N images only: quick, and worse.";
        rows.DefaultValueFactory = _ => Budget.AllRows;
        var command = common.AddTo(new Command("train", "Trains a model, or goes on with an interrupted training; then scores it."));
        command.Add(minutes);
        command.Add(epochs);
        command.Add(rows);
        var potential = new Option<FlowDesign>("--potential") { Description = "What the flow is made of: Convolution, or Ridge, the paper's hidden layer.", HelpName = "NAME", DefaultValueFactory = _ => FlowDesign.Convolution };
        command.Add(potential);
        var pixels = new Option<string>("--pixels") { Description = "Map before the flow: histograms of the pixels, or the paper's logit.", HelpName = "NAME", DefaultValueFactory = _ => PixelMap.Histograms.Name };
        pixels.AcceptOnlyFromAmong([.. PixelMap.All.Select(map => map.Name)]);
        command.Add(pixels);
        var precision = new Option<Precision>("--precision") { Description = "Products in training: Full (float32), BFloat16Products, or the Fastest of both here.", HelpName = "NAME", DefaultValueFactory = _ => Precision.Fastest };
        command.Add(precision);
        var mpi = new Option<bool>("--mpi") { Description = "Train on all processes that mpirun starts: mpirun -n 2 dotnet run --no-build ... --mpi." };
        command.Add(mpi);
        command.SetAction(parsed => Guard(common.Read(parsed), (settings, cancellation) =>
        {
            using var processes = parsed.GetValue(mpi) ? Processes.OfMpi() : Processes.Alone;
            var (time, passes) = (parsed.GetValue(minutes), parsed.GetValue(epochs));
            var budget = new Budget(time is null && passes is null ? Budget.DefaultMinutes : time, passes, parsed.GetValue(rows));
            var map = PixelMap.All.Single(map => map.Name == parsed.GetRequiredValue(pixels));
            TrainCommand.Run(settings with { Processes = processes, Output = processes.Folder(settings.Output) }, budget, parsed.GetValue(potential), map, parsed.GetValue(precision), cancellation);
        }));
        return command;
    }

    private static Command Evaluate(CommonOptions common) =>
        WithModel("evaluate", "Scores a model: test, validation and training likelihood beside table 1 of the paper.", common, EvaluateCommand.Run);

    private static Command Sample(CommonOptions common) =>
        WithModel("sample", "Draws digits from a model.", common, SampleCommand.Run);

    private static Command Gaussianize(CommonOptions common) =>
        WithModel("gaussianize", "Shows test digits on their way to Gaussian noise, figure 3b of the paper.", common, GaussianizeCommand.Run);

    private static Command WithModel(string name, string description, CommonOptions common, Action<Settings, FileInfo?, CancellationToken> job)
    {
        var model = new Option<FileInfo?>("--model") { Description = "Model file that train wrote; the trained weights of this example if left out.", HelpName = "FILE" };
        var command = common.AddTo(new Command(name, description));
        command.Add(model);
        command.SetAction(parsed => Guard(common.Read(parsed), (settings, cancellation) => job(settings, parsed.GetValue(model), cancellation)));
        return command;
    }

    private static int Guard(Settings settings, Action<Settings, CancellationToken> job) => ConsoleProgram.Run(
        [settings.Output, settings.Report?.Directory], "Cancelled. Files that were complete by then have been kept.", cancellation => job(settings, cancellation));
}
