using System.CommandLine;
using System.Globalization;
using MAFlow.Examples;
using Spectre.Console;

namespace DigitsDensity;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var seed = Options.Number(
            "--seed", Settings.DefaultSeed, "Seed of training and sampling; the split of the data does not depend on it.",
            value => value >= 0, "a whole number from 0 to 2147483647");
        var epochs = Options.Number(
            "--epochs", Settings.DefaultEpochs, "Most passes over the training digits; 2 are enough to see everything work.",
            value => value >= 1, "a whole number from 1 to 2147483647");
        var output = Options.Output("Directory for model and pictures, created if missing.", Settings.DefaultOutput);
        var report = Options.Report();

        const string purpose = "Fits a Monge-Ampère flow to the UCI digits in an ML.NET pipeline, scores it, saves it and draws from it.";
        var command = new RootCommand(purpose)
        {
            seed, epochs, output, report,
        };
        command.SetAction(parsed =>
        {
            var settings = new Settings(
                parsed.GetValue(seed), parsed.GetValue(epochs), parsed.GetRequiredValue(output), parsed.GetValue(report));
            return ConsoleProgram.Run(
                [settings.Output, settings.Report?.Directory], Options.FilesAreKept, cancellationToken => job(settings, cancellationToken));
        });
        return ConsoleProgram.Invoke(command, args);
    }
}

/// <summary>What the command line asks for.</summary>
public sealed record Settings(int Seed, int Epochs, DirectoryInfo Output, FileInfo? Report)
{
    public const int DefaultSeed = 1;
    public const int DefaultEpochs = 28;
    public const string DefaultOutput = "out/digits";
}

/// <summary>Prints the likelihoods side by side, the checks, and the files.</summary>
public static class ResultPrinter
{
    public static void Print(Evaluation results, long parameters, double trainSeconds, TrainingReport? training)
    {
        Line($"Trained {parameters:N0} parameters in {trainSeconds:F1} s.");
        Line($"Best validation NLL {training?.BestValidationNll:F2}, epoch {training?.BestRound}.");
        AnsiConsole.Write(LikelihoodTable(results));
        Line($"AUROC against shuffled pixels  {results.ShuffledAuroc:F4}");
        Line($"AUROC against rotated digits   {results.RotatedAuroc:F4}");
        Line($"Twice the depth changes        {results.DepthCheckNats:E1} nats");
        Line($"Encoding and decoding errs by  {results.RoundTripMaxError:E1}");
        Line($"The loaded model differs by    {results.ReloadMaxDifference:G3} nats");
        Line($"Peak memory                    {OutputFiles.PeakMemory():F2} GB");
    }

    private static Table LikelihoodTable(Evaluation results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("Model");
        foreach (var heading in (string[])["Test NLL (nats)", "Standard error", "Bits/dim"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        AddRow(table, "Monge-Ampère flow", results.Flow);
        AddRow(table, "Full-covariance Gaussian", results.FullGaussian);
        AddRow(table, "Diagonal Gaussian", results.DiagonalGaussian);
        return table;
    }

    private static void AddRow(Table table, string model, NllSummary nll)
    {
        string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        table.AddRow(model, Text($"{nll.Nats:F2}"), Text($"{nll.StandardError:F2}"), Text($"{nll.BitsPerDimension:F3}"));
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
