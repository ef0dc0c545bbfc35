using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The ridge potential that is linear in time between knots; what all potentials promise is tested by their conformance list.</summary>
[TestClass]
public sealed class TimeRidgePotentialTests
{
    private static readonly Activation[] _activations = [Activation.Softplus, Activation.LogCosh];

    [TestMethod]
    public void WithEqualKnotsItIsTheRidgePotential()
    {
        using var scope = NewDisposeScope();
        foreach (var activation in _activations)
        {
            using var still = PotentialFamilies.Ridge(activation, 6);
            using var flow = new MongeAmpereFlow(
                new TimeRidgePotential(still.Weight, still.Bias?.repeat(3, 1), still.Amplitude.repeat(3, 1), activation, horizon: 2), new() { Depth = 6 });
            using var expected = new MongeAmpereFlow(still, new() { Horizon = 2, Depth = 6 });
            var x = Draw.Normal(3, 5, 3);
            Near.Assert(expected.LogProb(x), flow.LogProb(x), 1e-12);
            Near.Assert(expected.Decode(x).X, flow.Decode(x).X, 1e-12);
        }
    }

    [TestMethod]
    public void TheVelocityGoesThroughItsKnotsWithoutAJump()
    {
        using var scope = NewDisposeScope();
        using var potential = PotentialFamilies.TimeRidge(Activation.Softplus, 5, knots: 4);
        var x = Draw.Normal(4, 6, 3);
        CollectionAssert.AreEqual(new[] { 1.0 / 3, 2.0 / 3 }, potential.Breaks(1).ToArray());
        foreach (var knot in potential.Breaks(1))
        {
            Near.Assert(potential.Gradient(x, knot - 1e-9), potential.Gradient(x, knot + 1e-9), 1e-7);
            Assert.IsGreaterThan(1e-3, Near.Difference(potential.Gradient(x, knot - 0.1), potential.Gradient(x, knot + 0.1)));
        }
    }

    [TestMethod]
    public void TheScoreThatIsCarriedAlongIsTheGradientOfLogProb()
    {
        using var scope = NewDisposeScope();
        foreach (var activation in _activations)
        {
            using var flow = new MongeAmpereFlow(PotentialFamilies.TimeRidge(activation, 6, knots: 3), new() { Depth = 64 });
            var scored = flow.DecodeWithScore(Draw.Normal(6, 4, 3), 1);
            var x = scored.X.detach().requires_grad_();
            var logProb = flow.LogProb(x);
            Near.Assert(logProb, scored.LogProb, 1e-6);
            Near.Assert(autograd.grad([logProb.sum()], [x])[0], scored.Score, 1e-5);
        }
    }

    [TestMethod]
    public void ARecordedSolveWithScoresIsThatOfEachAlone()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.TimeRidge(Activation.Softplus, 6, knots: 3), new() { Depth = 6 });
        FlowChecks.ScoresWhatItDecodes(flow);
    }

    [TestMethod]
    public void ManyRowsInSeveralPartsAreTheSame()
    {
        using var scope = NewDisposeScope();
        // 32 rows at a time.
        using var flow = new MongeAmpereFlow(PotentialFamilies.TimeRidge(Activation.Softplus, 700, knots: 2), new() { Depth = 2 });
        var x = Draw.Normal(7, 80, 3);
        var together = Gradient(x);
        var apart = x.split(20).Select(Gradient).Aggregate((sum, part) => sum.add(part));
        Near.Assert(together, apart, 1e-8);

        Tensor Gradient(Tensor rows) => autograd.grad([flow.LogProb(rows).sum()], [flow.Potential.get_parameter("weight")!])[0];
    }

    [TestMethod]
    public void LearnsByMaximumLikelihoodFromRest()
    {
        using var scope = NewDisposeScope();
        var (data, others) = (Toy.Ring(1, 512), Toy.Ring(2, 512));
        using var generator = new Generator(1);
        using var model = new DensityModelOptions
        {
            Potential = context => TimeRidgePotential.AtRest(
                context.DrawDirections(24), Activation.Softplus, context.Generator, knots: 3, horizon: context.Horizon),
            Flow = new() { Horizon = 2, Depth = 4 },
        }.Build(data, generator);
        var before = model.Evaluate(others).MeanNll;
        new DensityTrainer(Toy.Short with { MaxEpochs = 20, LearningRate = 0.05 }).Fit(model, data);
        var after = model.At(8).Evaluate(others).MeanNll;
        Near.Assert(tensor(model.At(16).Evaluate(others).MeanNll), tensor(after), 0.02);
        Near.IsBelow(before - 0.2, after);
    }

    [TestMethod]
    public void UnsuitableParametersAreRefused()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (weight, knots) = (Draw.Normal(1, 4, 3), Draw.Normal(2, 3, 4));
        Assert.Contains("is a RidgePotential", Refused(weight, knots[0], knots[0], Activation.Softplus));
        Assert.Contains("2 to 1024 knots", Refused(weight, knots.narrow(0, 0, 1), knots.narrow(0, 0, 1), Activation.Softplus));
        Assert.Contains("of the same shape", Refused(weight, knots.narrow(0, 0, 2), knots, Activation.Softplus));
        Assert.Contains("pass null", Refused(weight, knots, knots, Activation.LogCosh));
        Assert.Contains("got none", Refused(weight, null, knots, Activation.Softplus));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeRidgePotential(weight, knots, knots, Activation.Softplus, horizon: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TimeRidgePotential.AtRest(weight, Activation.Softplus, generator, knots: 1));
        static string Refused(Tensor weight, Tensor? bias, Tensor amplitude, Activation activation) =>
            Assert.ThrowsExactly<ArgumentException>(() => new TimeRidgePotential(weight, bias, amplitude, activation)).Message;
    }
}
