using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch.MpiHost;

/// <summary>How long a step takes, and how much of it a process talks to the others or waits for them.</summary>
internal static class StepTimes
{
    private const int BareSums = 200;

    public static void Measure(ICollective world, IReadOnlyDictionary<string, string> options)
    {
        var (dimension, hidden) = (int.Parse(options["features"]), int.Parse(options["hidden"]));
        var (batch, steps) = (int.Parse(options["batch"]), int.Parse(options["steps"]));
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // One epoch, so that all is steps.
        var data = randn([(long)batch * steps, dimension], dtype: float64, generator: generator);
        using var model = new DensityModelOptions { Bijections = [], HiddenUnits = hidden, Flow = new() { Depth = 8 } }.Build(data, generator);
        var watched = new Watched(world);
        var objective = new Marking(watched);
        new DensityTrainer(new()
        {
            Objective = objective, BatchSize = batch, MaxEpochs = 1, ValidationFraction = 0, DepthTolerance = null, Collective = watched,
        }).Fit(model, data);
        var parameters = model.Flow.Potential.parameters().Sum(parameter => parameter.numel());
        var (typical, least) = Ends(objective.Marks.Zip(objective.Marks.Skip(1)).Select(pair => pair.Second.Now - pair.First.Now));
        var (talk, _) = Ends(objective.Marks.Zip(objective.Marks.Skip(1)).Select(pair => pair.Second.Spent - pair.First.Spent));
        var numbers = zeros(parameters);
        var (bare, leastBare) = Ends(Enumerable.Range(0, BareSums).Select(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            world.Sum(numbers);
            return Stopwatch.GetElapsedTime(start);
        }));
        Console.WriteLine($"rank {world.Rank} of {world.Size}: {parameters} parameters, batch {batch}: a step {typical:F2} ms (least {least:F2}), "
            + $"{talk:F2} ms of it in sums; a bare sum {bare:F3} ms (least {leastBare:F3})");
    }

    /// <summary>Median and least, in milliseconds.</summary>
    private static (double Median, double Least) Ends(IEnumerable<TimeSpan> times)
    {
        var ordered = times.Select(time => time.TotalMilliseconds).Order().ToList();
        return (ordered[ordered.Count / 2], ordered[0]);
    }

    /// <summary>Notes when each step begins.</summary>
    private sealed class Marking(Watched watched) : Objective
    {
        public List<(TimeSpan Now, TimeSpan Spent)> Marks { get; } = [];

        public override string Identity => MaximumLikelihood.Identity;

        public override (Tensor Loss, Tensor Values) Evaluate(ObjectiveBatch batch)
        {
            Marks.Add((Stopwatch.GetElapsedTime(0), watched.Spent));
            return MaximumLikelihood.Evaluate(batch);
        }
    }

    private sealed class Watched(ICollective inner) : ICollective
    {
        public TimeSpan Spent { get; private set; }

        public int Rank => inner.Rank;

        public int Size => inner.Size;

        public void Sum(Tensor values)
        {
            var start = Stopwatch.GetTimestamp();
            inner.Sum(values);
            Spent += Stopwatch.GetElapsedTime(start);
        }

        public double Sum(double value) => inner.Sum(value);

        public bool Any(bool value) => inner.Any(value);
    }
}
