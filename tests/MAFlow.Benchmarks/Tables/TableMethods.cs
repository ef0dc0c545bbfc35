using MAFlow.MLNet.Fitting;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks.Tables;

/// <summary>Ways to learn a density in so many seconds of one processor.</summary>
internal static class TableMethods
{
    private static readonly int[] _components = [1, 2, 4, 8, 16, 32, 64];

    /// <summary>What a way reached: NLL of the test rows, the same at twice the depth, the depth, optimiser steps.</summary>
    internal sealed record Reached(double Nll, double NllAtTwiceTheDepth, int Depth, long Steps);

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, Func<NumericTable, double, ulong, Reached>> All { get; } = new Dictionary<string, Func<NumericTable, double, ulong, Reached>>
    {
        ["gaussian"] = (table, seconds, seed) => Exactly(GaussianMixture.Nll(table, [1], seed, Until(seconds))),
        ["mixture"] = (table, seconds, seed) => Exactly(GaussianMixture.Nll(table, _components, seed, Until(seconds))),
        ["flow"] = (table, seconds, seed) => Flow(
            table, seconds, seed, Defaults(table), PreprocessingContest.For(TableDefaults.Preprocessings((int)table.Training.shape[0]), (int)table.Training.shape[1], seconds)),
        ["flow, tails"] = (table, seconds, seed) => Flow(table, seconds, seed, Defaults(table)),
        ["flow, tails, from rest"] = (table, seconds, seed) => Flow(table, seconds, seed, FromRest(table)),
        ["flow, marginals"] = (table, seconds, seed) => Flow(table, seconds, seed, Marginals(table)),
        ["transform, 0.1 defaults"] = (table, seconds, seed) => Flow(table, seconds, seed, (new(), new() { Start = StartMode.None })),
    };

    /// <summary>A way by its name, or the defaults with changes behind it: "flow units=192 parts=8".</summary>
    public static Func<NumericTable, double, ulong, Reached> Named(string name) => All.TryGetValue(name, out var method) ? method : (table, seconds, seed) =>
    {
        var variant = Variant.Parse(name);
        var options = variant.Over(Defaults(table));
        var preprocessings = variant.Smoothed(TableDefaults.Preprocessings((int)table.Training.shape[0]));
        return variant.Preprocessing is { } number
            ? Flow(table, seconds, seed, (options.Model with { Bijections = preprocessings[number] }, options.Training))
            : Flow(table, seconds, seed, options, PreprocessingContest.For(preprocessings, (int)table.Training.shape[1], seconds));
    };

    private static (DensityModelOptions Model, DensityTrainerOptions Training) Defaults(NumericTable table) =>
        TableDefaults.Choose((int)table.Training.shape[0], (int)table.Training.shape[1]);

    private static (DensityModelOptions Model, DensityTrainerOptions Training) FromRest(NumericTable table)
    {
        var (model, training) = Defaults(table);
        return (model, training with { Start = StartMode.None });
    }

    private static (DensityModelOptions Model, DensityTrainerOptions Training) Marginals(NumericTable table)
    {
        var (model, training) = Defaults(table);
        return (model with { Bijections = TableDefaults.Preprocessings((int)table.Training.shape[0])[1] }, training);
    }

    private static Reached Flow(NumericTable table, double seconds, ulong seed, (DensityModelOptions Model, DensityTrainerOptions Training) options,
        PreprocessingContest? contest = null)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var begin = ProcessorClock.Seconds;
        var rows = (int)table.Training.shape[0];
        var validation = TableDefaults.StoppingRows(TableDefaults.HeldOutRows(rows));
        var (kept, stopping) = (table.Training.narrow(0, validation, rows - validation), table.Training.narrow(0, 0, validation));
        var training = options.Training with { TimeLimit = TimeSpan.FromSeconds(seconds), Seed = seed, Clock = ProcessorClock.Instance };
        DensityModel Build(DensityModelOptions wanted) => wanted.Build(kept, generator, timeLimit: TimeSpan.FromSeconds(seconds));
        using var model = contest is null
            ? Build(options.Model)
            : contest.Run(options.Model, Build, training, kept, stopping, Console.Error.WriteLine, default);
        var left = TimeSpan.FromSeconds(Math.Max(0.1, (0.97 * seconds) - (ProcessorClock.Seconds - begin)));
        var trainer = new DensityTrainer(training with { TimeLimit = left });
        var report = trainer.Fit(model, kept, stopping);
        using var twice = model.At(2 * model.Flow.Depth);
        return new(model.Evaluate(table.Test).MeanNll, twice.Evaluate(table.Test).MeanNll, model.Flow.Depth, report.Steps);
    }

    private static Reached Exactly(double nll) => new(nll, nll, 0, 0);

    private static Func<bool> Until(double seconds)
    {
        var end = ProcessorClock.Seconds + seconds;
        return () => ProcessorClock.Seconds > end;
    }
}
