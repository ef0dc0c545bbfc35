using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class MongeAmpereFlowTests
{
    private static MongeAmpereFlow Flow(int depth = 40, double horizon = 2) =>
        new(PotentialFamilies.Ridge(Activation.Softplus, 6), new() { Horizon = horizon, Depth = depth });

    [TestMethod]
    public void EncodeThenDecodeIsTheIdentityAndTheLogDensitiesAgree()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var x = Draw.Normal(1, 10, 3).mul(2);
        var encoded = flow.Encode(x);
        var decoded = flow.Decode(encoded.Z);
        Assert.IsGreaterThan(0.1, Near.Difference(x, encoded.Z));
        Near.Assert(x, decoded.X, 1e-6);
        Near.Assert(encoded.LogProb, decoded.LogProb, 1e-6);
        Near.Assert(encoded.LogProb, flow.LogProb(x), 0);
        Near.Assert(x, flow.Encode(flow.Decode(x).X).Z, 1e-6);
    }

    [TestMethod]
    public void AFlowAtAnotherDepthSharesEverythingElse()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow(depth: 5, horizon: 3);
        using var other = Flow(depth: 9, horizon: 3);
        var x = Draw.Normal(2, 5, 3);
        Assert.AreNotEqual(0.0, Near.Difference(flow.LogProb(x), other.LogProb(x)));
        var deeper = flow.At(9);
        Assert.AreEqual((5, 9), (flow.Depth, deeper.Depth));
        Assert.AreSame(flow.Potential, deeper.Potential);
        Near.Assert(other.LogProb(x), deeper.LogProb(x), 0);
        Near.Assert(other.Decode(x).X, deeper.Decode(x).X, 0);
        Near.Assert(other.EncodeTrajectory(x, 3)[1].X, deeper.EncodeTrajectory(x, 3)[1].X, 0);
        Near.Assert(other.DecodeTrajectory(x, 3)[1].X, deeper.DecodeTrajectory(x, 3)[1].X, 0);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => flow.At(0));
    }

    [TestMethod]
    public void ChangingItsOptionsChangesNoFlow()
    {
        var options = new MongeAmpereFlowOptions { Depth = 3 };
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 6), options);
        options.Depth = 4;
        flow.Options.Depth = 5;
        Assert.AreEqual(3, flow.Depth);
    }

    [TestMethod]
    public void TrajectoriesBeginAndEndWhereEncodeAndDecodeDo()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow(depth: 12);
        var x = Draw.Normal(3, 5, 3);
        var (encoded, there) = (flow.Encode(x), flow.EncodeTrajectory(x, 5));
        Assert.HasCount(6, there);
        Near.Assert(x, there[0].X, 0);
        Near.Assert(encoded.LogProb, there[0].LogProb, 0);
        Near.Assert(encoded.Z, there[^1].X, 1e-13);
        Near.Assert(StandardNormal.LogProb(encoded.Z), there[^1].LogProb, 1e-12);
        var (decoded, back) = (flow.Decode(x), flow.DecodeTrajectory(x, 12));
        Assert.HasCount(13, back);
        Near.Assert(StandardNormal.LogProb(x), back[0].LogProb, 0);
        Near.Assert(decoded.X, back[^1].X, 1e-13);
        Near.Assert(decoded.LogProb, back[^1].LogProb, 1e-13);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => flow.DecodeTrajectory(x, 13));
    }

    [TestMethod]
    public void TheDensityAtATimeIsThatOfTheFlowWithThatHorizon()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow(depth: 40, horizon: 2);
        var middle = flow.DecodeTrajectory(Draw.Normal(4, 5, 3), 4)[1];
        using var shorter = new MongeAmpereFlow(flow.Potential, new() { Horizon = 0.5, Depth = 40 });
        Near.Assert(shorter.LogProb(middle.X), middle.LogProb, 1e-7);
    }

    [TestMethod]
    public void TheLogDensityOfASampleIsThatOfItsPoint()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow(depth: 100);
        using var generator = new Generator(1);
        var sample = flow.Sample(50, generator);
        Near.Assert(flow.LogProb(sample.X), sample.LogProb, 1e-7);
        using var again = new Generator(1);
        Near.AssertBitEqual(sample.X, flow.Sample(50, again).X);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => flow.Sample(0, generator));
    }

    [TestMethod]
    [DataRow("softplus")]
    [DataRow("lncosh")]
    public void DensitiesIntegrateToOneInThePlane(string activation)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(
            PotentialFamilies.Ridge(Activation.ByName(activation), 24, dimension: 2, strength: 0.12), new() { Horizon = 2, Depth = 40 });
        const int cells = 260;
        const double reach = 13;
        var axis = linspace(-reach, reach, cells, dtype: float64);
        var grid = stack([axis.repeat_interleave(cells), axis.repeat(cells)], 1);
        var density = flow.LogProb(grid).exp();
        Assert.IsGreaterThan(0.3, Near.Difference(StandardNormal.LogProb(grid.narrow(0, cells * cells / 2, 1)), flow.LogProb(grid.narrow(0, cells * cells / 2, 1))), "The density is no Gaussian.");
        Assert.AreEqual(1.0, density.sum().item<double>() * Math.Pow(2 * reach / (cells - 1), 2), 2e-4);
    }

    [TestMethod]
    public void InputsAreConvertedToTheTypeOfThePotential()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var x = Draw.Normal(5, 4, 3);
        Assert.AreEqual(float64, flow.Encode(x.to(float32)).Z.dtype);
        flow.Potential.to(float32);
        var single = flow.Encode(x);
        Assert.AreEqual(float32, single.LogProb.dtype);
        using var reference = Flow();
        Near.Assert(reference.Encode(x).LogProb, single.LogProb, 1e-4);
    }

    [TestMethod]
    public void OptionsOutOfRangeAreRefused()
    {
        foreach (var wrong in new MongeAmpereFlowOptions[] { new() { Horizon = 0 }, new() { Horizon = double.NaN }, new() { Horizon = double.PositiveInfinity }, new() { Depth = 0 } })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MongeAmpereFlow(new QuadraticPotential(1, 1), wrong));
        }

        Assert.ThrowsExactly<ArgumentNullException>(() => new MongeAmpereFlow(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => new MongeAmpereFlow(new QuadraticPotential(1, 1), new() { Integrator = null! }));
        Assert.ThrowsExactly<ArgumentNullException>(() => new MongeAmpereFlow(new QuadraticPotential(1, 1), new() { Laplacian = null! }));
    }

    [TestMethod]
    public void SeveralThreadsScoreAtOnceWithTheSameResults()
    {
        using var flow = Flow(depth: 10);
        using var x = Draw.Normal(6, 20, 3);
        using var expected = flow.LogProb(x);
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using var scope = NewDisposeScope();
            Near.AssertBitEqual(expected, flow.LogProb(x));
        });
    }
}
