using System.Globalization;
using MAFlow.MLNet.Fitting;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>--start TABLE,… [--seconds 2,5,20] [--modes Auto,None] [--steps N,…]: the test NLL that a table's default training reaches in so
/// many seconds of one processor, or steps, with and without a start.</summary>
internal static class StartComparison
{
    public static void Report(string[] args)
    {
        set_num_threads(1);
        foreach (var table in Values(args, "--start", string.Join(',', StartTables.Generated)))
        {
            foreach (var steps in Values(args, "--steps", ""))
            {
                foreach (var mode in Values(args, "--modes", "Auto,None"))
                {
                    Run(args, table, double.MaxValue, long.Parse(steps, CultureInfo.InvariantCulture), Enum.Parse<StartMode>(mode));
                }
            }

            foreach (var seconds in Values(args, "--seconds", ""))
            {
                foreach (var mode in Values(args, "--modes", "Auto,None"))
                {
                    Run(args, table, double.Parse(seconds, CultureInfo.InvariantCulture), null, Enum.Parse<StartMode>(mode));
                }
            }
        }
    }

    private static void Run(string[] args, string table, double seconds, long? steps, StartMode mode)
    {
        using var scope = NewDisposeScope();
        var data = StartTables.Read(table);
        var (rows, dimension) = (data.shape[0], data.shape[1]);
        var (train, validation) = (data.narrow(0, 0, rows * 6 / 10), data.narrow(0, rows * 6 / 10, rows / 10));
        var test = data.narrow(0, rows * 7 / 10, rows - (rows * 7 / 10));
        var (model, training) = TableDefaults.Choose((int)train.shape[0], (int)dimension);
        model = model with
        {
            HiddenUnits = (int)Number(args, "--units", model.HiddenUnits),
            Parts = (int)Number(args, "--parts", model.Parts),
        };
        var matching = training.Matching;
        training = training with
        {
            Start = mode,
            MaxSteps = steps,
            LearningRate = Number(args, "--rate", training.LearningRate),
            Clock = new ProcessorClock(),
            TimeLimit = seconds < 1e6 ? TimeSpan.FromSeconds(seconds) : null,
            Matching = matching with
            {
                Pool = Number(args, "--pool", matching.Pool),
                PairShare = Number(args, "--pairs", matching.PairShare),
                SubsetShare = Number(args, "--subsets", matching.SubsetShare),
                Sharpness = Number(args, "--sharpness", matching.Sharpness),
                Shortest = Number(args, "--shortest", matching.Shortest),
                Longest = Number(args, "--longest", matching.Longest),
                Work = Number(args, "--work", matching.Work),
            },
        };
        using var generator = new Generator((ulong)Number(args, "--seed", 1));
        using var density = model.Build(train, generator);
        var report = new DensityTrainer(training with { Seed = (ulong)Number(args, "--seed", 1) }).Fit(density, train, validation);
        var (nll, twice) = (density.Evaluate(test).MeanNll, density.At(2 * report.Depth).Evaluate(test).MeanNll);
        Console.WriteLine(FormattableString.Invariant($"{Path.GetFileName(table)}\t{mode}\t{(steps is null ? seconds + " s" : steps + " steps")}")
            + FormattableString.Invariant($"\ttest {nll:F3} (twice the depth {twice:F3})\tvalidation {report.BestValidationNll:F3}")
            + FormattableString.Invariant($"\t{report.Steps} steps, {report.Elapsed.TotalSeconds:F1} s, depth {report.Depth}\t{report.Start}"));
    }

    /// <summary>Seconds of processor time, which other programs on the machine do not change much.</summary>
    private sealed class ProcessorClock : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
    }

    private static double Number(string[] args, string name, double otherwise) =>
        Values(args, name, "") is [var text] ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string[] Values(string[] args, string name, string otherwise)
    {
        var given = args.SkipWhile(argument => argument != name).Skip(1).FirstOrDefault();
        return (given is null || given.StartsWith("--", StringComparison.Ordinal) ? otherwise : given)
            .Split(',', StringSplitOptions.RemoveEmptyEntries);
    }
}
