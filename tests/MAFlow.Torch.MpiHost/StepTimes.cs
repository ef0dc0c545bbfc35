using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch.MpiHost;

/// <summary>How long a step takes, and how much of it a process talks to the others or waits for them.</summary>
internal static class StepTimes
{
    public static void Measure(ICollective world, IReadOnlyDictionary<string, string> options)
    {
        var (dimension, hidden) = (int.Parse(options["features"]), int.Parse(options["hidden"]));
        var (batch, steps) = (int.Parse(options["batch"]), int.Parse(options["steps"]));
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = randn([4L * batch, dimension], dtype: float64, generator: generator);
        using var model = new DensityModelOptions { HiddenUnits = hidden, Flow = new() { Depth = 8 } }.Build(data, generator);
        var watched = new Watched(world);
        Run(watched, model, data, batch, 5);
        watched.Spent = default;
        var numbers = model.Flow.Potential.parameters().Sum(parameter => parameter.numel());
        var watch = Stopwatch.StartNew();
        Run(watched, model, data, batch, steps);
        var each = watch.Elapsed / steps;
        var slowest = watched.Spent / steps;
        Console.WriteLine($"rank {world.Rank} of {world.Size}: {numbers} parameters, batch {batch}, {each.TotalMilliseconds:F2} ms a step, "
            + $"{slowest.TotalMilliseconds:F2} ms of it in {(double)watched.Calls / steps:F1} sums");
    }

    private static void Run(ICollective world, DensityModel model, Tensor data, int batch, int steps) => new DensityTrainer(new()
    {
        BatchSize = batch,
        MaxEpochs = 1_000_000,
        MaxSteps = steps,
        Patience = null,
        ValidationFraction = 0,
        DepthTolerance = null,
        Collective = world,
    }).Fit(model, data);

    private sealed class Watched(ICollective inner) : ICollective
    {
        public TimeSpan Spent { get; set; }

        public long Calls { get; private set; }

        public int Rank => inner.Rank;

        public int Size => inner.Size;

        public void Sum(Tensor values) => Timed(() =>
        {
            inner.Sum(values);
            return 0.0;
        });

        public double Sum(double value) => Timed(() => inner.Sum(value));

        public bool Any(bool value) => Timed(() => inner.Any(value) ? 1.0 : 0.0) > 0;

        private double Timed(Func<double> call)
        {
            var start = Stopwatch.GetTimestamp();
            var result = call();
            Spent += Stopwatch.GetElapsedTime(start);
            Calls++;
            return result;
        }
    }
}
