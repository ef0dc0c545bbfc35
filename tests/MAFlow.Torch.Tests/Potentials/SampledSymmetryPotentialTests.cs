using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Elements drawn once per step: the same for all its stages, reproducible, undone in reverse order.</summary>
[TestClass]
public sealed class SampledSymmetryPotentialTests
{
    [TestMethod]
    public void AllStagesOfAStepSeeTheElementOfItsInterval()
    {
        using var scope = NewDisposeScope();
        using var potential = SymmetricPotentials.Sampled(3, interval: 0.25);
        using var inner = PotentialFamilies.Ridge(Activation.LogCosh, 7, 9);
        var state = new FlowState(Draw.Normal(1, 4, 9), Draw.Normal(2, 4));
        var actual = potential.Transport(state, new TimeGrid(0, 1, 4), TransportScheme.Default);
        var elements = Enumerable.Range(0, 4).Select(step => potential.ElementAt((step + 0.5) / 4)).ToList();
        Assert.IsGreaterThan(1, elements.Distinct().Count());
        var expected = state;
        for (var step = 0; step < 4; step++)
        {
            // One ordinary step of φ₀ in the turned coordinates.
            var end = inner.Transport(new(elements[step].Apply(expected.X), expected.LogProb), new TimeGrid(0, 0.25, 1), TransportScheme.Default);
            expected = new(elements[step].Inverse().Apply(end.X), end.LogProb);
        }

        Near.Assert(expected.X, actual.X, 1e-12);
        Near.Assert(expected.LogProb, actual.LogProb, 1e-12);
        var plain = potential.TransportPlainly(state, new TimeGrid(0, 1, 4), TransportScheme.Default, null);
        Near.Assert(expected.X, plain.X, 1e-12);
        Near.Assert(expected.LogProb, plain.LogProb, 1e-12);
    }

    [TestMethod]
    public void AFinerDepthRefinesTheSameFlow()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(SymmetricPotentials.Sampled(3, interval: 0.25), new() { Horizon = 1, Depth = 4 });
        var z = Draw.Normal(1, 4, 9);
        var exact = flow.LogProb(z, depth: 256);
        var (coarse, fine) = (Near.Difference(exact, flow.LogProb(z, depth: 8)), Near.Difference(exact, flow.LogProb(z, depth: 16)));
        Assert.IsLessThan(coarse / 10, fine);
    }

    [TestMethod]
    public void AGeneratorOfTheSameSeedUndoesASolveAndAnotherDoesNot()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(SymmetricPotentials.Sampled(3), new() { Horizon = 1, Depth = 100 });
        var z = Draw.Normal(1, 4, 9);
        using var there = new Generator(7);
        using var back = new Generator(7);
        using var other = new Generator(8);
        var decoded = flow.Decode(z, generator: there);
        var encoded = flow.Encode(decoded.X, generator: back);
        Near.Assert(z, encoded.X, 1e-8);
        Near.Assert(decoded.LogProb, encoded.LogProb, 1e-8);
        Assert.IsGreaterThan(1e-3, Near.Difference(z, flow.Encode(decoded.X, generator: other).X));
        Assert.IsGreaterThan(1e-3, Near.Difference(decoded.X, flow.Decode(z).X));
    }

    [TestMethod]
    public void BadArgumentsAreRefused()
    {
        using var inner = PotentialFamilies.Ridge(Activation.LogCosh, 4, 9);
        Assert.ThrowsExactly<ArgumentException>(() => new SampledSymmetryPotential(inner, SymmetryGroup.SignFlip(8), 0.1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new SampledSymmetryPotential(inner, SymmetryGroup.SignFlip(9), 0));
        Assert.ThrowsExactly<ArgumentException>(() => new SymmetrizedPotential(inner, SymmetryGroup.SignFlip(8)));
        Assert.Contains("4096", Assert.ThrowsExactly<ArgumentException>(() => new SymmetrizedPotential(inner, SymmetryGroup.Permutations(9))).Message);
    }
}
