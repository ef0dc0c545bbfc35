using System.Security.Cryptography;
using static TorchSharp.torch;

namespace MAFlow.Torch.MpiHost;

/// <summary>Small trainings in which everything is random that can be: order, noise, samples, probes.</summary>
internal static class Trainings
{
    /// <summary>Rows with noise, towards their density.</summary>
    public static void Density(ICollective world, IReadOnlyDictionary<string, string> options)
    {
        using var scope = NewDisposeScope();
        var (data, isProbed) = (Ring(500), options.ContainsKey("probes"));
        using var generator = new Generator(3);
        using var model = new DensityModelOptions
        {
            Bijections = [new Smoothing(0.05), new Standardization()],
            HiddenUnits = 12,
            Potential = isProbed ? context => new MlpPotential(2, [8], Activation.Softplus, context.Generator, 0.1) : null,
            Flow = new() { Horizon = 2, Depth = 4, Laplacian = isProbed ? new HutchinsonLaplacian(2) : LaplacianEstimator.Exact },
        }.Build(data, generator);
        var report = new DensityTrainer(new()
        {
            BatchSize = 45,
            MaxEpochs = 1000,
            MaxSteps = Steps(options),
            LearningRate = 1e-2,
            Collective = world,
            CheckpointPath = options.GetValueOrDefault("checkpoint"),
            CheckpointEverySteps = 3,
        }).Fit(model, data, progress: Progress(options));
        Tell(world, options, model.Flow, report);
    }

    /// <summary>Samples of a perceptron, towards a double well.</summary>
    public static void Variational(ICollective world, IReadOnlyDictionary<string, string> options)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var potential = new MlpPotential(2, [8], Activation.Softplus, generator, 0.1);
        using var flow = new MongeAmpereFlow(potential, new() { Depth = 4 });
        using var energy = new DelegateEnergy(2, Well);
        var report = new VariationalTrainer(new()
        {
            BatchSize = 32,
            AccumulateBatches = 2,
            Steps = (int)Steps(options),
            LearningRate = 1e-2,
            AnnealingFraction = 0.3,
            FinalSamples = 300,
            Collective = world,
            CheckpointPath = options.GetValueOrDefault("checkpoint"),
            CheckpointEverySteps = 3,
        }).Fit(flow, energy, Progress(options));
        Tell(world, options, flow, report);
    }

    /// <summary>An energy that fails on one process.</summary>
    public static int Fail(ICollective world, IReadOnlyDictionary<string, string> options)
    {
        using var generator = new Generator(4);
        using var flow = new MongeAmpereFlow(new MlpPotential(2, [4], Activation.Softplus, generator), new() { Depth = 2 });
        var (calls, failing) = (0, int.Parse(options["rank"]));
        using var energy = new DelegateEnergy(2, x => world.Rank == failing && ++calls > 9 ? throw new IOException("No well.") : Well(x));
        try
        {
            new VariationalTrainer(new() { Collective = world, Steps = 100 }).Fit(flow, energy);
            return 0;
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            Console.WriteLine($"rank {world.Rank}: {error.GetType().Name}");
            return options.ContainsKey("hide") ? 0 : 3;
        }
    }

    private static Tensor Well(Tensor x)
    {
        var raised = x.mul(x).Add(-1);
        return raised.mul(raised).sum([1L]);
    }

    private static Tensor Ring(long rows)
    {
        using var generator = new Generator(8);
        var noise = randn([rows, 2], dtype: float64, generator: generator);
        var wide = randn([rows, 2], dtype: float64, generator: generator);
        return wide.div(wide.norm(1, keepdim: true)).add(noise.Div(6));
    }

    private static long Steps(IReadOnlyDictionary<string, string> options) => long.Parse(options.GetValueOrDefault("steps", "200"));

    private static Told? Progress(IReadOnlyDictionary<string, string> options) => options.ContainsKey("told") ? new() : null;

    private static void Tell(ICollective world, IReadOnlyDictionary<string, string> options, MongeAmpereFlow flow, TrainingReport report)
    {
        var bytes = flow.Potential.parameters().SelectMany(parameter => parameter.detach().contiguous().bytes.ToArray()).ToArray();
        var digest = Convert.ToHexString(SHA256.HashData(bytes))[..16];
        Console.WriteLine($"rank {world.Rank} of {world.Size}: {report.Steps} steps, {report.StopReason}, weights {digest}");
        if (world.Rank == 0 && options.TryGetValue("weights", out var path))
        {
            File.WriteAllBytes(path, bytes);
        }
    }

    private sealed class Told : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => Console.WriteLine($"step {value.Current.Step}");
    }
}
