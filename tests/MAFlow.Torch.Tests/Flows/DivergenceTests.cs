using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A solve that leaves the range of its numbers: a row by itself gets no number, what draws or averages says what happened.</summary>
[TestClass]
public sealed class DivergenceTests
{
    private const string Cure = "Raise the depth";

    [TestMethod]
    public void ARowThatDivergesTakesNoOtherWithIt()
    {
        using var scope = NewDisposeScope();
        using var model = Model(0.01);
        var alone = model.Decode(tensor(new[,] { { 0.1, 0.2 } }));
        var together = model.Decode(tensor(new[,] { { 0.1, 0.2 }, { 1e3, 1e3 } }));
        Near.AssertBitEqual(alone[0], together[0]);
        Assert.IsTrue(together[1].isnan().all().item<bool>(), $"A row that looks like data: {together[1].cstr()}");
        Assert.IsTrue(model.Decode(tensor(new[,] { { 0.1, 0.2 }, { double.NaN, 0 } }))[1].isnan().all().item<bool>());

        using var plain = new DensityModel(new BijectionChain(), Flow(0.01));
        var logProb = plain.LogProb(tensor(new[,] { { 0.1, 0.2 }, { 1e3, 1e3 } }));
        Assert.IsTrue(logProb[0].isfinite().item<bool>());
        Assert.IsFalse(logProb[1].isfinite().item<bool>());
        Near.AssertBitEqual(plain.LogProb(tensor(new[,] { { 0.1, 0.2 } }))[0], logProb[0]);
    }

    [TestMethod]
    public void SamplesThatDivergeAreNoSamples()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var model = Model(10);
        Assert.Contains(Cure, Refused(() => model.Sample(20, generator)));
        Assert.Contains("of 20 rows, first in row 0: the solve diverged at depth 12", Refused(() => model.Flow.Sample(20, generator)));
        using var fine = Model(1e-4);
        Assert.IsTrue(fine.Sample(20, generator).isfinite().all().item<bool>());
        Assert.IsTrue(fine.Flow.Sample(20, generator).X.isfinite().all().item<bool>());
    }

    [TestMethod]
    public void AMeanNamesTheRowThatHasNoLikelihood()
    {
        using var scope = NewDisposeScope();
        using var model = new DensityModel(new BijectionChain(), Flow(0.01));
        var rows = zeros(20, 2, dtype: float64);
        Assert.IsTrue(double.IsFinite(model.Evaluate(rows, batchSize: 8).MeanNll));
        rows[18].fill_(1e3);
        Assert.Contains("of the batch that begins with row 16, got NaN or infinity in 1 of 4 rows, first in row 2", Refused(() => model.Evaluate(rows, batchSize: 8)));
    }

    [TestMethod]
    public void EveryEstimatorSaysSo()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var energy = new DelegateEnergy(2, x => x.Pow(2).sum([1L]).Mul(0.5));
        using var flow = Flow(10);
        var points = randn([32, 2], generator: generator);
        foreach (var run in new Func<object>[]
            {
                () => new ImportanceSampler(flow, energy).Run(new() { Samples = 64 }, generator),
                () => new BridgeSampler(flow, energy).Run(points, generator),
                () => new LatentChainSampler(flow, energy).Run(new() { Transition = null, Chains = 4, Steps = 16 }, generator),
                () => new LatentChainSampler(flow, energy).Run(new() { Chains = 4, Steps = 16 }, generator),
                () => new AnnealedImportanceSampler(flow, energy).Run(new(), generator),
            })
        {
            Assert.Contains(Cure, Refused(run), StringComparison.OrdinalIgnoreCase);
        }
    }

    [TestMethod]
    public void ChecksLeaveNothing()
    {
        using var model = Model(1e-4);
        using var wild = Model(10);
        using var generator = new Generator(1);
        using var z = randn(3, 2, generator: generator);
        Leaks.AssertNone(() => [model.Decode(z), model.Sample(3, generator), wild.Decode(z)]);
        Leaks.AssertNone(() =>
        {
            Refused(() => wild.Sample(3, generator));
            return [];
        });
    }

    private static string Refused(Func<object> action) => Assert.ThrowsExactly<InvalidOperationException>(action).Message;

    private static MongeAmpereFlow Flow(double strength) => new(new Quartic(strength), new() { Depth = 12 });

    /// <summary>Of levels 0 to 3, whose ends an infinite point would come back as.</summary>
    private static DensityModel Model(double strength)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = randint(0, 4, [50, 2], dtype: float64, generator: generator);
        return new(BijectionChain.Fit([new UniformDequantization(4), new Logit()], data, generator), Flow(strength));
    }

    /// <summary>φ = a Σ xᵢ⁴: the further out, the faster, so that a point that is far enough never arrives.</summary>
    private sealed class Quartic(double strength) : Potential("quartic", 2)
    {
        protected internal override Tensor Evaluate(Tensor x, double time)
        {
            using var scope = NewDisposeScope();
            return x.Pow(4).sum([1L]).Mul(strength).MoveToOuterDisposeScope();
        }
    }
}
