using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class PiecewisePotentialTests
{
    [TestMethod]
    public void ATransportIsTheCompositionOfItsParts()
    {
        using var scope = NewDisposeScope();
        var parts = Ridges(3);
        using var flow = new MongeAmpereFlow(new PiecewisePotential(1.5, parts), new() { Depth = 12 });
        var z = Draw.Normal(1, 5, 3);
        var expected = Solves.From(z, StandardNormal.LogProb(z));
        for (var k = 0; k < 3; k++)
        {
            expected = parts[k].Transport(expected, new TimeGrid(0.5 * k, 0.5 * (k + 1), 4), Solves.By());
        }

        var actual = flow.Decode(z);
        Near.AssertBitEqual(expected.X, actual.X);
        Near.AssertBitEqual(expected.LogProb, actual.LogProb);
        var back = flow.Encode(actual.X);
        Near.Assert(z, back.Z, 1e-5);
        Near.Assert(actual.LogProb, back.LogProb, 1e-5);
    }

    [TestMethod]
    public void EqualPartsAreOneAutonomousPotential()
    {
        using var scope = NewDisposeScope();
        using var single = PotentialFamilies.Ridge(Activation.Softplus, 5);
        using var potential = new PiecewisePotential(2, [PotentialFamilies.Ridge(Activation.Softplus, 5), PotentialFamilies.Ridge(Activation.Softplus, 5)]);
        var x = Draw.Normal(1, 5, 3);
        using var one = new MongeAmpereFlow(single, new() { Horizon = 2, Depth = 8 });
        using var two = new MongeAmpereFlow(potential, new() { Horizon = 2, Depth = 8 });
        Near.Assert(one.LogProb(x), two.LogProb(x), 1e-12);
    }

    [TestMethod]
    public void TheOrderOfTheMethodSurvivesTheJumps()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(new PiecewisePotential(2, Ridges(3)), new() { Horizon = 2, Depth = 96 });
        var x = Draw.Normal(1, 20, 3);
        var exact = flow.LogProb(x);
        double Error(int depth) => flow.At(depth).LogProb(x).sub(exact).abs().max().item<double>();
        Assert.IsGreaterThan(12, Error(6) / Error(12));
    }

    [TestMethod]
    public void EveryPartIsTrained()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(new PiecewisePotential(1, Ridges(3)), new() { Horizon = 1, Depth = 3 });
        flow.LogProb(Draw.Normal(1, 5, 3)).mean().backward();
        var gradients = flow.Potential.named_parameters().ToList();
        Assert.HasCount(9, gradients);
        foreach (var (name, parameter) in gradients)
        {
            Assert.IsGreaterThan(0, parameter.grad!.abs().max().item<double>(), name);
        }
    }

    [TestMethod]
    public void TimesOutsideTheHorizonBelongToTheNearestPart()
    {
        using var scope = NewDisposeScope();
        var parts = Ridges(2);
        using var potential = new PiecewisePotential(1, parts);
        var x = Draw.Normal(1, 5, 3);
        Near.AssertBitEqual(parts[0].Value(x), potential.Value(x, -1));
        Near.AssertBitEqual(parts[1].Value(x), potential.Value(x, 0.5));
        Near.AssertBitEqual(parts[1].Value(x), potential.Value(x, 7));
    }

    [TestMethod]
    public void PartsThatDoNotFitAreRefused()
    {
        using var part = PotentialFamilies.Ridge(Activation.Softplus, 4);
        using var other = PotentialFamilies.Ridge(Activation.Softplus, 4, dimension: 2);
        Assert.ThrowsExactly<ArgumentException>(() => new PiecewisePotential(1, []));
        Assert.ThrowsExactly<ArgumentException>(() => new PiecewisePotential(1, [part, part]));
        Assert.Contains("of one dimension, got 3, 2", Assert.ThrowsExactly<ArgumentException>(() => new PiecewisePotential(1, [part, other])).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PiecewisePotential(0, Ridges(1)));
    }

    private static RidgePotential[] Ridges(int count) =>
        [.. Enumerable.Range(0, count).Select(k => PotentialFamilies.Ridge(Activation.Softplus, 4 + (2 * k), seed: (ulong)(50 + (10 * k))))];
}
