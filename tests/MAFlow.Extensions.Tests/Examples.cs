using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Bijections;
using MAFlow.Torch.Flows;
using MAFlow.Torch.Potentials;
using MAFlow.Torch.Training;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>Data, short trainings and files for every family of this folder.</summary>
internal static class Examples
{
    public static readonly DensityTrainerOptions Short = new()
    {
        MaxEpochs = 6,
        BatchSize = 32,
        LearningRate = 0.02,
        AverageDecay = 0.8,
        Patience = null,
        DepthTolerance = null,
        Seed = 5,
    };

    public static RadialPotential Radial(double off = 0.5) =>
        new(2, tensor(new[] { 0.2, -0.3, 0.1 }), tensor(new[] { 0.5, 1.5, 3 }), off);

    /// <summary>A noisy ring in the plane, off the origin.</summary>
    public static Tensor Ring(ulong seed, long rows)
    {
        using var scope = NewDisposeScope();
        var angle = Draw.Uniform(seed, rows).mul(2 * Math.PI);
        var radius = Draw.Normal(seed + 1, rows).Mul(0.15).add(2);
        return stack([radius.mul(angle.cos()), radius.mul(angle.sin()).add(10)], 1).MoveToOuterDisposeScope();
    }

    public static DensityModel Model(Tensor data, Potential potential, MongeAmpereFlowOptions? options = null, Bijection? last = null)
    {
        using var generator = new Generator(1);
        return new(
            BijectionChain.Fit([new Standardization()], data, generator),
            new MongeAmpereFlow(potential, options ?? new() { Horizon = 1, Depth = 8 }, last));
    }

    /// <summary>Trains a few epochs, requires a better likelihood, and the same scores of the model that its file gives back.</summary>
    public static void AssertTrainsAndComesBack(DensityModel model, Tensor data, DensityTrainerOptions? options = null)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var before = model.Evaluate(data).MeanNll;
        var report = new DensityTrainer(options ?? Short).Fit(model, data);
        Assert.AreEqual(StopReason.Completed, report.StopReason);
        Near.IsBelow(before - 0.02, model.Evaluate(data).MeanNll, model.Flow.Options.ToString());

        model.Save(folder["model"]);
        using var loaded = DensityModel.Load(folder["model"]);
        Near.AssertBitEqual(model.LogProb(data), loaded.LogProb(data));
        Assert.AreEqual(model.Flow.Potential.GetType(), loaded.Flow.Potential.GetType());
        Assert.AreEqual(model.Flow.Options.Integrator.GetType(), loaded.Flow.Options.Integrator.GetType());
        Assert.AreEqual(model.Flow.Options.Laplacian.GetType(), loaded.Flow.Options.Laplacian.GetType());
    }
}
