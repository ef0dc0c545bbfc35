using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What is random is drawn once for a solve: every piece of the horizon sees the same probes, and so does a solve back.</summary>
[TestClass]
public sealed class SharedProbesTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void EveryPieceSeesTheSameProbesThereAndBack(bool recompute)
    {
        using var scope = NewDisposeScope();
        var estimator = new Remembering();
        using var flow = new MongeAmpereFlow(Piecewise(), new() { Depth = 6, Laplacian = estimator, Recompute = recompute });
        var (there, back) = (new Generator(7), new Generator(7));
        var z = Draw.Normal(1, 4, 3);
        var decoded = flow.Decode(z, there);
        Assert.AreEqual(1, estimator.Drawn);
        var encoded = flow.Encode(decoded.X, back);
        Assert.AreEqual(2, estimator.Drawn);
        Assert.HasCount(2 * 6 * 4, estimator.Seen, "Six steps of four stages, there and back.");
        Assert.HasCount(1, estimator.Seen.Distinct().ToList());
        Near.AssertBitEqual(there.get_state(), back.get_state());
        // Gradients of a recomputed solve see them once more.
        encoded.LogProb.sum().backward();
        Assert.HasCount(1, estimator.Seen.Distinct().ToList());
        (there, back) = (new Generator(8), new Generator(9));
        flow.Encode(decoded.X, there);
        Assert.HasCount(2, estimator.Seen.Distinct().ToList());
    }

    [TestMethod]
    public void ASolveBackUndoesThePiecesWithTheirProbes()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(Piecewise(), new() { Depth = 120, Laplacian = new HutchinsonLaplacian() });
        using var there = new Generator(7);
        using var back = new Generator(7);
        using var other = new Generator(8);
        var decoded = flow.Decode(Draw.Normal(1, 4, 3), there);
        Near.Assert(decoded.LogProb, flow.LogProb(decoded.X, back), 1e-7);
        Assert.IsGreaterThan(1e-3, Near.Difference(decoded.LogProb, flow.LogProb(decoded.X, other)));
    }

    [TestMethod]
    public void ASampledSequenceOfElementsIsUndoneWithTheSameProbes()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var potential = new SampledSymmetryPotential(new ValueOnly(PotentialFamilies.Ridge(Activation.Softplus, 5)), SymmetryGroup.Permutations(3), 0.25);
        using var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 120, Laplacian = new HutchinsonLaplacian(2) });
        using var there = new Generator(3);
        using var back = new Generator(3);
        var decoded = flow.Decode(Draw.Normal(2, 4, 3), there);
        Near.Assert(decoded.LogProb, flow.LogProb(decoded.X, back), 1e-7);
    }

    private static PiecewisePotential Piecewise() => new(
        1, [.. Enumerable.Range(0, 3).Select(k => new ValueOnly(PotentialFamilies.Ridge(Activation.Softplus, 5, seed: 11 + (10 * (ulong)k))))]);

    /// <summary>One probe per solve, and what was seen of it.</summary>
    private sealed class Remembering : LaplacianEstimator
    {
        private readonly HutchinsonLaplacian _inner = new();

        public int Drawn { get; private set; }

        public List<string> Seen { get; } = [];

        protected internal override Tensor? DrawProbes(Tensor x, Generator? generator)
        {
            Drawn++;
            return _inner.DrawProbes(x, generator);
        }

        protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph)
        {
            Seen.Add(string.Join(' ', probes!.data<double>().ToArray()));
            return _inner.Estimate(gradient, x, probes, createGraph);
        }
    }
}
