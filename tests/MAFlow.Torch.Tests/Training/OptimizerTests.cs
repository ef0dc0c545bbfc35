using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The pieces of a training: Adam, clipping, schedule, averages, batches.</summary>
[TestClass]
public sealed class OptimizerTests
{
    [TestMethod]
    [DataRow(0.0, false)]
    [DataRow(0.1, false)]
    [DataRow(0.1, true)]
    public void AdamTakesTheStepsOfTorch(double decay, bool decoupled)
    {
        using var scope = NewDisposeScope();
        var (ours, theirs) = (new Parameter(Draw.Normal(1, 4)), new Parameter(Draw.Normal(1, 4)));
        using var adam = new MAFlow.Torch.Training.Adam([ours], new DensityTrainerOptions { Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-6, WeightDecay = decay, DecoupledWeightDecay = decoupled });
        using optim.Optimizer torchs = decoupled
            ? optim.AdamW([theirs], 0.05, 0.8, 0.9, 1e-6, decay)
            : optim.Adam([theirs], 0.05, 0.8, 0.9, 1e-6, decay);
        for (var step = 0; step < 20; step++)
        {
            foreach (var parameter in new[] { ours, theirs })
            {
                parameter.grad = null;
                parameter.sin().mul(step + 1).sum().backward();
            }

            adam.Step(0.05, 1);
            torchs.step();
        }

        Near.Assert(theirs, ours, 1e-12);
        Assert.AreEqual(20, adam.Steps);
    }

    [TestMethod]
    public void GradientsAreScaledBeforeTheyEnterTheMoments()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(zeros(2, dtype: float64));
        using var adam = new MAFlow.Torch.Training.Adam([parameter], new DensityTrainerOptions());
        parameter.mul(tensor(new[] { 3.0, 4 })).sum().backward();
        adam.Step(0.1, 0.5);
        Near.Assert(tensor(new[] { 0.15, 0.2 }), adam.FirstMoments[0], 1e-15);
    }

    [TestMethod]
    public void ClippingShortensLongGradientsOnly()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        var loose = Train(double.PositiveInfinity);
        CollectionAssert.AreEqual(loose, Train(1e9));
        CollectionAssert.AreNotEqual(loose, Train(0.01));
        byte[] Train(double norm)
        {
            using var model = Toy.Model(data);
            new DensityTrainer(Toy.Short with { MaxGradientNorm = norm, MaxEpochs = 1 }).Fit(model, data);
            return Toy.Weights(model);
        }
    }

    [TestMethod]
    public void TheScheduleRisesLinearlyAndFallsAlongACosine()
    {
        var schedule = new WarmupCosineSchedule(WarmupFraction: 0.2, FinalFraction: 0.1);
        Assert.AreEqual(1e-3, schedule.Factor(0));
        Assert.AreEqual(0.5, schedule.Factor(0.1), 1e-15);
        Assert.AreEqual(1.0, schedule.Factor(0.2), 1e-15);
        Assert.AreEqual(0.55, schedule.Factor(0.6), 1e-15);
        Assert.AreEqual(0.1 + (0.9 * 0.5 * (1 + Math.Cos(0.75 * Math.PI))), schedule.Factor(0.8), 1e-15);
        Assert.AreEqual(0.1, schedule.Factor(1), 1e-15);
        Assert.AreEqual(0.1, schedule.Factor(7), 1e-15);
        Assert.AreEqual(1.0, new WarmupCosineSchedule(0, 0.01).Factor(0));
        Assert.AreEqual(1.0, new WarmupCosineSchedule(0.02, 1).Factor(0.9));
    }

    [TestMethod]
    public void TheAverageFollowsItsFormula()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(zeros(1, dtype: float64));
        using var average = new WeightAverage([parameter], 0.5);
        using var last = new WeightAverage([parameter], 0);
        var expected = 0.0;
        for (var step = 1; step <= 20; step++)
        {
            using (no_grad())
            {
                parameter.fill_(step);
            }

            average.Update(step);
            last.Update(step);
            var decay = Math.Min(0.5, (1.0 + step) / (10 + step));
            expected = (decay * expected) + ((1 - decay) * step);
            Assert.AreEqual(expected, average.Values[0].item<double>(), 1e-12);
            Assert.AreEqual(step, last.Values[0].item<double>());
        }

        Assert.AreEqual(expected, average.While(() => parameter.item<double>()), 1e-12);
        Assert.AreEqual(20.0, parameter.item<double>());
        Assert.ThrowsExactly<InvalidOperationException>(() => average.While<int>(() => throw new InvalidOperationException()));
        Assert.AreEqual(20.0, parameter.item<double>(), "The weights return also after an error.");
    }

    [TestMethod]
    public void AnEpochVisitsEachRowAtMostOnce()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var batches = new Minibatches(23, 5);
        Assert.AreEqual(4, batches.PerEpoch);
        var epochs = Enumerable.Range(0, 2).Select(_ =>
        {
            batches.Shuffle(generator);
            return Enumerable.Range(0, 4).SelectMany(position => batches.At(position).data<long>().ToArray()).ToList();
        }).ToList();
        foreach (var rows in epochs)
        {
            Assert.HasCount(20, rows.Distinct().ToList());
            Assert.IsTrue(rows.All(row => row is >= 0 and < 23));
        }

        CollectionAssert.AreNotEqual(epochs[0], epochs[1]);
    }
}
