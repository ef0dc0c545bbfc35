using static TorchSharp.torch;

/// <summary>A training that keeps a checkpoint and that may be killed: it resumes where it was, and writes the model at its end.</summary>
internal static class Training
{
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
