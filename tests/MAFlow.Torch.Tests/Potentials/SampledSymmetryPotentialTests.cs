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
        var potential = SymmetricPotentials.Sampled(3, interval: 0.25);
        using var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 4 });
        using var inner = PotentialFamilies.Ridge(Activation.LogCosh, 7, 9);
        var z = Draw.Normal(1, 4, 9);
        var elements = Enumerable.Range(0, 4).Select(step => potential.ElementAt((step + 0.5) / 4, null)).ToList();
        Assert.IsGreaterThan(1, elements.Distinct().Count());
        var expected = Solves.From(z, StandardNormal.LogProb(z));
        for (var step = 0; step < 4; step++)
        {
            // One ordinary step of φ₀ in the turned coordinates.
            var end = inner.Transport(Solves.From(elements[step].Apply(expected.X), expected.LogProb), new TimeGrid(0, 0.25, 1), Solves.By());
            expected = Solves.From(elements[step].Inverse().Apply(end.X), end.LogProb);
        }

        CollectionAssert.AreEqual(new[] { 0.25, 0.5, 0.75 }, potential.Breaks(1).ToArray());
        Assert.AreEqual(4, flow.Depth);
        var actual = flow.Decode(z);
        Near.Assert(expected.X, actual.X, 1e-12);
        Near.Assert(expected.LogProb, actual.LogProb, 1e-12);
        using var generic = new MongeAmpereFlow(new ValueOnly(potential), flow.Options);
        Near.Assert(expected.X, generic.Decode(z).X, 1e-12);
        Near.Assert(expected.LogProb, generic.Decode(z).LogProb, 1e-12);
    }

    [TestMethod]
    public void AFinerDepthRefinesTheSameFlow()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(SymmetricPotentials.Sampled(3, interval: 0.25), new() { Horizon = 1, Depth = 4 });
        var z = Draw.Normal(1, 4, 9);
        var exact = flow.At(256).LogProb(z);
        var (coarse, fine) = (Near.Difference(exact, flow.At(8).LogProb(z)), Near.Difference(exact, flow.At(16).LogProb(z)));
        Near.IsBelow(coarse / 10, fine);
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
        Near.Assert(z, encoded.Z, 1e-8);
        Near.Assert(decoded.LogProb, encoded.LogProb, 1e-8);
        Assert.IsGreaterThan(1e-3, Near.Difference(z, flow.Encode(decoded.X, generator: other).Z));
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
