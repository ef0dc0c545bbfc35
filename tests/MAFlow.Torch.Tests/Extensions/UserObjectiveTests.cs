using static TorchSharp.torch;

namespace MAFlow.Torch.Tests.Extensions;

/// <summary>An objective from outside trains, is part of a checkpoint's identity, and resumes bit for bit.</summary>
[TestClass]
public sealed class UserObjectiveTests
{
    [TestMethod]
    public void ItTrainsAndResumes()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var data = Toy.Ring(1, 120);
        var weights = Enumerable.Range(0, 108).Select(row => row % 3 == 0 ? 2.0 : 0.5).ToArray();
        var options = Toy.Short with { Objective = new MomentPenalty(weights, 0.1).Plus(Objective.KineticEnergy(1e-3)), MaxEpochs = 8 };
        using var whole = Toy.Model(data);
        var before = whole.Evaluate(data).MeanNll;
        var expected = new DensityTrainer(options).Fit(whole, data);
        Near.IsBelow(before, whole.Evaluate(data).MeanNll);

        options = options with { CheckpointPath = folder["state"], CheckpointEverySteps = 2 };
        using var source = new CancellationTokenSource();
        using var killed = Toy.Model(data);
        var observer = new Observer(progress =>
        {
            if (progress.IsRoundEnd && progress.Round == 3)
            {
                source.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => new DensityTrainer(options).Fit(killed, data, progress: observer, cancellationToken: source.Token));
        using var resumed = Toy.Model(data);
        var other = options with { Objective = new MomentPenalty(weights, 0.2) };
        Assert.Contains("moment penalty 0.2", Assert.ThrowsExactly<FormatException>(() => new DensityTrainer(other).Fit(resumed, data)).Message);
        var actual = new DensityTrainer(options).Fit(resumed, data);
        Assert.AreEqual(Toy.Summary(expected), Toy.Summary(actual));
        CollectionAssert.AreEqual(Toy.Weights(whole), Toy.Weights(resumed));
    }

    [TestMethod]
    public void WhatItReturnsIsChecked()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        Assert.Contains("without a gradient", Refused(batch => new(batch.Encoded.LogProb.detach().mean(), batch.Encoded.LogProb)));
        Assert.Contains("shape [32]", Refused(batch => new(batch.Encoded.LogProb, batch.Encoded.LogProb)));
        Assert.Contains("one per point", Refused(batch => new(batch.Encoded.LogProb.mean(), batch.Encoded.LogProb.mean())));
        string Refused(Func<ObjectiveBatch, ObjectiveValue> evaluate) =>
            Assert.ThrowsExactly<InvalidOperationException>(() => new DensityTrainer(Toy.Short with { Objective = new Careless(evaluate) }).Fit(model, data)).Message;
    }

    private sealed class Careless(Func<ObjectiveBatch, ObjectiveValue> evaluate) : Objective
    {
        public override string Identity => "careless";

        public override ObjectiveValue Evaluate(ObjectiveBatch batch) => evaluate(batch);
    }
}
