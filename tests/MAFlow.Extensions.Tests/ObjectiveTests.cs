using MAFlow.Torch.Flows;
using MAFlow.Torch.Objectives;
using MAFlow.Torch.Training;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

[TestClass]
public sealed class ObjectiveTests
{
    private static readonly double[] _weights = [.. Enumerable.Range(0, 108).Select(row => row % 3 == 0 ? 2.0 : 0.5)];

    [TestMethod]
    public void ItTrainsAloneAndInASum()
    {
        using var data = Examples.Ring(1, 120);
        var alone = new MomentPenalty(_weights, 0.1);
        foreach (var objective in new[] { alone, alone.Plus(Objective.KineticEnergy(1e-3)) })
        {
            using var model = Model(data);
            var options = Examples.Short with { Objective = objective, MaxEpochs = 30, LearningRate = 0.05 };
            Examples.AssertTrainsAndComesBack(model, data, options);
        }
    }

    /// <summary>An interrupted training goes on bit for bit, and refuses another identity.</summary>
    [TestMethod]
    public void ItResumesUnderItsIdentity()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var data = Examples.Ring(1, 120);
        var options = Examples.Short with { Objective = new MomentPenalty(_weights, 0.1) };
        using var whole = Model(data);
        new DensityTrainer(options).Fit(whole, data);

        options = options with { CheckpointPath = folder["state"], CheckpointEverySteps = 2 };
        using var resumed = Model(data);
        using var source = new CancellationTokenSource();
        var observer = new Cancelling(source, round: 3);
        Assert.ThrowsExactly<OperationCanceledException>(
            () => new DensityTrainer(options).Fit(resumed, data, progress: observer, cancellationToken: source.Token));
        var other = options with { Objective = new MomentPenalty(_weights, 0.2) };
        var refusal = Assert.ThrowsExactly<FormatException>(() => new DensityTrainer(other).Fit(resumed, data));
        Assert.Contains("moment penalty 0.2", refusal.Message);
        new DensityTrainer(options).Fit(resumed, data);
        Near.AssertBitEqual(whole.LogProb(data), resumed.LogProb(data));
    }

    [TestMethod]
    public void WhatItReturnsIsChecked()
    {
        using var scope = NewDisposeScope();
        var data = Examples.Ring(1, 100);
        using var model = Model(data);
        Assert.Contains("without a gradient", Refused(batch => (batch.Encoded.LogProb.detach().mean(), batch.Encoded.LogProb)));
        Assert.Contains("shape [32]", Refused(batch => (batch.Encoded.LogProb, batch.Encoded.LogProb)));
        Assert.Contains("one per point", Refused(batch => (batch.Encoded.LogProb.mean(), batch.Encoded.LogProb.mean())));
        var missing = Assert.ThrowsExactly<ArgumentNullException>(
            () => new DensityTrainer(Examples.Short with { Objective = new Careless(batch => (batch.Encoded.LogProb.mean(), null!)) }).Fit(model, data));
        Assert.AreEqual("values", missing.ParamName);
        string Refused(Func<ObjectiveBatch, (Tensor Loss, Tensor Values)> evaluate) => Assert.ThrowsExactly<InvalidOperationException>(
            () => new DensityTrainer(Examples.Short with { Objective = new Careless(evaluate) }).Fit(model, data)).Message;
    }

    private static DensityModel Model(Tensor data)
    {
        using var generator = new Generator(1);
        return new DensityModelOptions { HiddenUnits = 12, Flow = new() { Horizon = 2, Depth = 4 } }.Build(data, generator);
    }

    private sealed class Careless(Func<ObjectiveBatch, (Tensor Loss, Tensor Values)> evaluate) : Objective
    {
        public override string Identity => "careless";

        public override (Tensor Loss, Tensor Values) Evaluate(ObjectiveBatch batch) => evaluate(batch);
    }

    private sealed class Cancelling(CancellationTokenSource source, int round) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.IsRoundEnd && value.Current.Round == round)
            {
                source.Cancel();
            }
        }
    }
}
