using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The likelihood of all rows but the least likely ones.</summary>
[TestClass]
public sealed class TrimmedLikelihoodTests
{
    [TestMethod]
    public void TheLeastLikelyRowsAreLeftOutOfTheLossAndReportedAllTheSame()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 4), new() { Horizon = 1, Depth = 3 });
        var x = Draw.Normal(1, 10, 3);
        x[4] = x[4].mul(10);
        x[7] = x[7].mul(20);
        var (loss, values) = Objective.TrimmedLikelihood(0.25).Evaluate(new(flow, x, isData: true, 1, seed: 3));
        var nll = flow.LogProb(x).neg();
        Near.Assert(nll, values, 1e-12);
        Near.Assert(nll.index_select(0, tensor([0L, 1, 2, 3, 5, 6, 8, 9])).mean(), loss, 1e-12);
        Near.Assert(nll.mean(), Objective.TrimmedLikelihood(0).Evaluate(new(flow, x, isData: true, 1, seed: 3)).Loss, 1e-12);
    }

    [TestMethod]
    public void RowsCompareInOriginalUnits()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 4), new() { Horizon = 1, Depth = 3 });
        var x = zeros(4, 3, dtype: float64);
        var batch = new ObjectiveBatch(flow, x, isData: true, 1, seed: 3) { LogDeterminant = tensor([0.0, -5, 0, 3]) };
        var loss = Objective.TrimmedLikelihood(0.25).Evaluate(batch).Loss;
        Near.Assert(flow.LogProb(x[..1]).neg().mean(), loss, 1e-12);
        Assert.AreEqual("0 2 3", string.Join(' ', TrimmedLikelihood.Kept(tensor([0.0, 5, 0, -3]), 0.25).data<long>().Order()));
        Assert.AreEqual("0 2", string.Join(' ', TrimmedLikelihood.Kept(tensor([0.0, double.NaN, 1]), 0.34).data<long>().Order()));
    }

    [TestMethod]
    public void WhatIsNotToBeLearntIsNot()
    {
        using var scope = NewDisposeScope();
        var ordinary = Toy.Ring(1, 400);
        var spoilt = cat([ordinary, Draw.Normal(7, 40, 2).mul(4).add(tensor([0.0, 10]))]);
        var fresh = Toy.Ring(11, 400);
        double Learnt(Objective objective)
        {
            using var model = Toy.Model(spoilt, hiddenUnits: 32);
            var report = new DensityTrainer(Toy.Short with { MaxEpochs = 40, Objective = objective, ValidationFraction = 0.2 }).Fit(model, spoilt);
            Assert.IsTrue(double.IsFinite(report.BestValidationNll!.Value));
            return model.Evaluate(fresh).MeanNll;
        }

        Near.IsBelow(Learnt(Objective.MaximumLikelihood), Learnt(Objective.TrimmedLikelihood(0.15)));
    }

    [TestMethod]
    [DataRow(-0.1)]
    [DataRow(0.6)]
    [DataRow(double.NaN)]
    public void AnImpossibleShareIsRefused(double share) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Objective.TrimmedLikelihood(share));
}
