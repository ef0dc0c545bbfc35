using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class BijectionChainTests
{
    [TestMethod]
    public void ChainsOfDifferentDimensionsAreRefused()
    {
        using var scope = NewDisposeScope();
        using var three = new ArcsinhBijection(zeros(3));
        using var two = new ArcsinhBijection(zeros(2));
        Assert.Contains("got 3, 2", Assert.ThrowsExactly<ArgumentException>(() => new BijectionChain(three, two)).Message);
        Assert.Contains("listed twice", Assert.ThrowsExactly<ArgumentException>(() => new BijectionChain(three, three)).Message);
        using var potential = PotentialFamilies.Ridge(Activation.Softplus, 4);
        Assert.Contains(
            "Expected a bijection on 3 coordinates, as the potential has, got one on 2",
            Assert.ThrowsExactly<ArgumentException>(() => new MongeAmpereFlow(potential, null, two)).Message);
    }

    [TestMethod]
    public void AGivenBijectionSuitsDataOfItsWidth()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var three = new ArcsinhBijection(zeros(3));
        var error = Assert.ThrowsExactly<ArgumentException>(() => BijectionChain.Fit([BijectionFit.Given(three)], Draw.Normal(1, 10, 2), generator));
        Assert.Contains("Expected data of 3 features", error.Message);
        Assert.Contains("got 2", error.Message);
        Assert.ThrowsExactly<ArgumentNullException>(() => BijectionFit.Given(null!));
    }

    [TestMethod]
    public void AnAffineChainIsOneAffineMap()
    {
        using var scope = NewDisposeScope();
        using var chain = BijectionFamily.Named("affine chain in a chain").Fit();
        var inner = (BijectionChain)chain.Bijections[0];
        Near.Assert(inner.Bijections[0].InputScale()!, inner.InputScale()!, 0);
        var origin = chain.Forward(zeros(1, 3, dtype: float64)).Points;
        var map = chain.Forward(eye(3, dtype: float64)).Points.sub(origin);
        // y = x M + c, so w·x is w M⁻ᵀ·y up to a constant.
        Near.Assert(linalg.inv(map).t(), chain.PullBack(eye(3, dtype: float64)), 1e-10);
    }

    [TestMethod]
    public void RemarksOfAllFitsAreTold()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = stack([Draw.Normal(1, 40), ones(40, dtype: float64)], 1);
        using var chain = BijectionChain.Fit([new Smoothing()], data, generator);
        Assert.Contains("1 of 2 features are constant", chain.Remark!);
        using var silent = new BijectionChain();
        Assert.IsNull(silent.Remark);
        using var both = new BijectionChain(BijectionChain.Fit([new Smoothing()], data, generator), silent, chain);
        Assert.AreEqual($"{chain.Remark} {chain.Remark}", both.Remark);
    }

    /// <summary>Images come as bytes; a bijection alone takes floating-point numbers.</summary>
    [TestMethod]
    public void PreprocessingTakesWholeNumbers()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = randint(0, 256, [20, 3], dtype: uint8, generator: generator);
        using var chain = BijectionChain.Fit([new UniformDequantization(256), new Logit()], data.to(float64), generator);
        Near.AssertBitEqual(chain.Forward(data.to(float64)).Points, chain.Forward(data).Points);
        Assert.ThrowsExactly<ArgumentException>(() => chain.Bijections[0].Forward(data));
        Assert.ThrowsExactly<ArgumentNullException>(() => chain.Forward(null!));
    }

    [TestMethod]
    public void FixedNumbersStayExactWhenAFlowMovesToAnotherType()
    {
        using var scope = NewDisposeScope();
        foreach (var family in BijectionFamily.All.Where(family => family.Parameters == 0))
        {
            using var chain = family.Fit();
            var x = family.Data(2, 5);
            var before = chain.Forward(x);
            chain.to(ScalarType.Float32);
            var after = chain.Forward(x);
            Near.AssertBitEqual(before.Points, after.Points, family.Name);
            Near.AssertBitEqual(before.LogDeterminant, after.LogDeterminant, family.Name);
            Near.Assert(x, chain.Inverse(after.Points).Points, 1e-10, family.Name);
        }
    }

    [TestMethod]
    public void ParametersMoveToAnotherTypeAndAreStillFound()
    {
        using var scope = NewDisposeScope();
        foreach (var family in BijectionFamily.All.Where(family => family.Parameters > 0))
        {
            using var chain = family.Fit();
            var x = family.Data(2, 5);
            var before = chain.Forward(x).Points;
            chain.to(ScalarType.Float32);
            Assert.IsTrue(chain.parameters().All(parameter => parameter.dtype == float32), family.Name);
            Near.Assert(before, chain.Forward(x).Points, 1e-4, family.Name);
            Assert.AreNotEqual(0, chain.Store().Tensors.Count, family.Name);
        }
    }

    [TestMethod]
    public void TheScaleOfAUsersBijectionIsTrainedByMaximumLikelihood()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var x = Draw.Normal(1, 200, 2).sinh().mul(3);
        var bijection = new ArcsinhBijection(zeros(2, dtype: float64));
        using var flow = new MongeAmpereFlow(new LinearPotential(zeros(2, dtype: float64)), new() { Horizon = 1, Depth = 1 }, bijection);
        Assert.AreEqual(4, flow.ParameterCount);
        using var optimizer = optim.Adam(bijection.parameters(), 0.05);
        for (var step = 0; step < 200; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            flow.LogProb(x).mean().neg().backward();
            optimizer.step();
        }

        Near.Assert(full(2, Math.Log(3), dtype: float64), bijection.parameters().Single(), 0.15);
    }
}
