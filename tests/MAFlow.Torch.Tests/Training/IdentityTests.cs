using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A checkpoint is gone on from only by the training that wrote it, and a refusal says what differs.</summary>
[TestClass]
public sealed class IdentityTests
{
    private static readonly VariationalTrainerOptions _short = new() { Steps = 6, BatchSize = 16, MeasureEverySteps = 3, MeasureSamples = 16, FinalSamples = 16 };
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Cleanup() => _folder.Dispose();

    [TestMethod]
    public void AnIsingCheckpointIsRefusedAtAnotherTemperature()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), 2.27);
        using var hotter = new IsingEnergy(Lattice.Square(3), 3);
        using var same = new IsingEnergy(Lattice.Square(3), 2.27);
        Interrupt(energy);
        Assert.Contains("energy 1 (IsingEnergy) has other values", Refused(hotter, _short));
        using var flow = Flow();
        Assert.AreEqual(6, new VariationalTrainer(_short with { CheckpointPath = _folder["state"] }).Fit(flow, same).Steps);
    }

    [TestMethod]
    public void EnergiesOfOneTypeAreToldApart()
    {
        using var one = new DelegateEnergy(9, x => x.square().sum([1L]).mul(0.5));
        using var other = new DelegateEnergy(9, x => x.square().sum([1L]).mul(0.6));
        Interrupt(one);
        Assert.Contains("energy 1 (DelegateEnergy) has other values", Refused(other, _short));
    }

    [TestMethod]
    public void WhatDeterminesAVariationalTrainingIsCompared()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), 2.27);
        Interrupt(energy);
        Assert.Contains("its objective", Refused(energy, _short with { Objective = Objective.FreeEnergy(energy, pathGradient: true) }));
        Assert.Contains("0.5 kinetic energy", Refused(energy, _short with { Objective = Objective.FreeEnergy(energy).Plus(Objective.KineticEnergy(0.5)) }));
        Assert.Contains("its options", Refused(energy, _short with { AccumulateBatches = 2 }));
        Assert.Contains("its options", Refused(energy, _short with { AnnealingFraction = 0.2 }));
        Assert.Contains("horizon 1.5", Refused(energy, _short, Flow(horizon: 1.5)));
        Assert.Contains("its depth is 4", Refused(energy, _short, Flow(depth: 5)));
        Assert.Contains("its flow", Refused(energy, _short, Flow(tableau: ButcherTableau.All.First(tableau => tableau != ButcherTableau.RungeKutta4))));
        Assert.Contains("its bijection", Refused(energy, _short, Flow(withMap: true)));
    }

    [TestMethod]
    public void WhatDeterminesADensityTrainingIsCompared()
    {
        using var scope = NewDisposeScope();
        var (data, validation) = (Toy.Ring(1, 100), Toy.Ring(7, 40));
        var options = Toy.Short with { CheckpointPath = _folder["state"] };
        using var model = Toy.Model(data);
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(options, data, validation, cancelled: true));
        Assert.Contains("SHA-256", Refusal(options, Toy.Ring(2, 100), validation));
        Assert.Contains("its data", Refusal(options, data, Toy.Ring(8, 40)));
        Assert.Contains("LearningRate", Refusal(options with { LearningRate = 0.01 }, data, validation));
        Assert.Contains("""{"LearningRate":0.02,"WeightDecay":0.1,"DecoupledWeightDecay":true}, {"WarmupFraction":0.02,"FinalFraction":0.01}""", Refusal(options with { WeightDecay = 0.1 }, data, validation));
        Assert.Contains("its options", Refusal(options with { DecoupledWeightDecay = false }, data, validation));
        Assert.Contains("its options", Refusal(options with { WarmupFraction = 0.1 }, data, validation));
        Assert.Contains("its options", Refusal(options with { FinalLearningRateFraction = 0.5 }, data, validation));
        Assert.Contains("its objective", Refusal(options with { Objective = Objective.MaximumLikelihood.Times(2) }, data, validation));
        // Other statistics of the data, other preprocessing.
        using var shifted = Toy.Model(data.add(1));
        Assert.Contains("its preprocessing", Assert.ThrowsExactly<FormatException>(() => new DensityTrainer(options).Fit(shifted, data, validation)).Message);
        // How long it goes on may change.
        Assert.AreEqual(6 * 3, Fit(options with { MaxEpochs = 6, Patience = 50 }, data, validation).Steps);
        string Refusal(DensityTrainerOptions other, Tensor rows, Tensor judging) =>
            Assert.ThrowsExactly<FormatException>(() => new DensityTrainer(other).Fit(model, rows, judging)).Message;
        TrainingReport Fit(DensityTrainerOptions other, Tensor rows, Tensor judging, bool cancelled = false)
        {
            using var fresh = Toy.Model(data);
            return new DensityTrainer(other).Fit(fresh, rows, judging, cancellationToken: new(cancelled));
        }
    }

    private static MongeAmpereFlow Flow(double horizon = 2, int depth = 4, ButcherTableau? tableau = null, bool withMap = false)
    {
        using var generator = new Generator(3);
        return new(
            LatticeRidgePotential.AtRest(Lattice.Square(3), 2, generator),
            new() { Horizon = horizon, Depth = depth, Integrator = new ExplicitRungeKutta(tableau ?? ButcherTableau.RungeKutta4) },
            withMap ? new CirculantGaussianMap(Lattice.Square(3), [.. Enumerable.Repeat(1.0, 9)]) : null);
    }

    private void Interrupt(Energy energy)
    {
        using var flow = Flow();
        Assert.ThrowsExactly<OperationCanceledException>(
            () => new VariationalTrainer(_short with { CheckpointPath = _folder["state"] }).Fit(flow, energy, null, new CancellationToken(true)));
        Assert.IsTrue(File.Exists(_folder["state"]), "Also before the first measurement.");
    }

    private string Refused(Energy energy, VariationalTrainerOptions options, MongeAmpereFlow? other = null)
    {
        using var flow = other ?? Flow();
        var message = Assert.ThrowsExactly<FormatException>(() => new VariationalTrainer(options with { CheckpointPath = _folder["state"] }).Fit(flow, energy)).Message;
        Assert.Contains("got one of another", message);
        Assert.Contains("emove the file or give another path", message);
        return message;
    }
}
