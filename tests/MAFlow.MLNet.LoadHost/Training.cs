using static TorchSharp.torch;

/// <summary>A training that keeps a checkpoint and that may be killed: it resumes where it was, and writes the model at its end.</summary>
internal static class Training
{
    /// <summary>What a flow takes, and what its training remarks; then what one remarks that was told to be short.</summary>
    public static void Precisions()
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
        foreach (var asked in new[] { Precision.Fastest, Precision.BFloat16Products, Precision.Full })
        {
            using var generator = new Generator(1);
            using var data = randn([300, 256], generator: generator);
            using var model = new DensityModelOptions { Flow = new() { Horizon = 1, Depth = 1, Precision = asked } }.Build(data, generator);
            var report = new DensityTrainer(new() { MaxSteps = 1, BatchSize = 8, DepthTolerance = null }).Fit(model, data);
            Console.WriteLine($"{asked} {model.Flow.Options.Precision} {string.Join(" ", report.Remarks)}");
        }
    }

    public static void Run(string checkpoint, string modelFile, int epochs)
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
        using var generator = new Generator(1);
        using var data = randn([600, 2], generator: generator);
        using var model = new DensityModelOptions { HiddenUnits = 16, Flow = new() { Horizon = 2, Depth = 4 } }.Build(data, generator);
        Console.WriteLine("training");
        new DensityTrainer(new() { MaxEpochs = epochs, BatchSize = 32, Patience = null, Seed = 5, CheckpointPath = checkpoint, CheckpointEverySteps = 1 }).Fit(model, data);
        model.Save(modelFile);
    }
}
