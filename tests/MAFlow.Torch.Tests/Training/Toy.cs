using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A noisy ring in the plane, a small model of it, and short trainings.</summary>
internal static class Toy
{
    public static readonly DensityTrainerOptions Short = new()
    {
        MaxEpochs = 4, BatchSize = 32, LearningRate = 0.02, Patience = null, Seed = 5, DepthTolerance = null, Start = StartMode.None,
    };

    public static Tensor Ring(ulong seed, long rows)
    {
        using var scope = NewDisposeScope();
        var angle = Draw.Uniform(seed, rows).mul(2 * Math.PI);
        var radius = Draw.Normal(seed + 1, rows).mul(0.15).add(2);
        return stack([radius.mul(angle.cos()), radius.mul(angle.sin()).add(10)], 1).MoveToOuterDisposeScope();
    }

    public static DensityModel Model(Tensor data, ulong seed = 1, int hiddenUnits = 12, ScalarType dtype = ScalarType.Float32)
    {
        using var generator = new Generator(seed);
        return new DensityModelOptions { HiddenUnits = hiddenUnits, Flow = new() { Horizon = 2, Depth = 4 }, DataType = dtype }.Build(data, generator);
    }

    public static byte[] Weights(DensityModel model) => [.. model.Flow.Potential.parameters().SelectMany(parameter => parameter.detach().bytes.ToArray())];

    /// <summary>Everything in a report that does not depend on the clock.</summary>
    public static string Summary(TrainingReport report) => string.Join("; ", report.History.Select(epoch => $"{epoch.Round} {epoch.Loss:R} {epoch.ValidationNll:R} {epoch.LearningRate:R}{string.Concat(epoch.MonitoredNll.Select(rows => $" {rows.Key} {rows.Value:R}"))}"))
        + $"; best {report.BestRound} {report.BestValidationNll:R}; {report.Steps} steps; {report.StopReason}; {string.Join(" ", report.Remarks)}";
}

/// <summary>Calls back on the training thread, as Progress of the framework does not.</summary>
internal sealed class Observer(Action<TrainingProgress> onReport) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => onReport(value);
}
