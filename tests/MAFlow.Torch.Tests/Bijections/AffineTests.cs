using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class AffineTests
{
    [TestMethod]
    public void GaussianisedDataHasMeanZeroAndIdentityCovariance()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 500);
        using var transform = new AffineGaussianization().Fit(x);
        var y = transform.Forward(x).Points;
        Near.Assert(zeros(3, dtype: float64), y.mean([0L]), 1e-12);
        Near.Assert(eye(3, dtype: float64), y.t().mm(y).div(500), 1e-10);
        Assert.IsNull(transform.Remark);
    }

    [TestMethod]
    public void TheMapIsSymmetricAndPositiveDefinite()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 500);
        using var transform = new AffineGaussianization().Fit(x);
        var origin = transform.Forward(zeros(1, 3, dtype: float64)).Points;
        var map = transform.Forward(eye(3, dtype: float64)).Points.sub(origin);
        Near.Assert(map, map.t(), 1e-11);
        Assert.IsGreaterThan(0.0, linalg.eigvalsh(map)[0].item<double>());
        Near.Assert(linalg.slogdet(map).Item2.unsqueeze(0), transform.Forward(zeros(1, 3, dtype: float64)).LogDeterminant, 1e-11);
    }

    [TestMethod]
    public void TheFlowAtRestStartsAtTheLikelihoodOfTheFullGaussian()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 500);
        using var generator = new Generator(1);
        using var model = new DensityModelOptions { HiddenUnits = 4, DataType = ScalarType.Float64 }.Build(x, generator);
        // The maximised Gaussian log-likelihood is -½(N ln 2π + ln det Σ + N).
        var centred = x.sub(x.mean([0L]));
        var expected = 0.5 * ((3 * Math.Log(2 * Math.PI)) + linalg.slogdet(centred.t().mm(centred).div(500)).Item2.item<double>() + 3);
        Assert.AreEqual(expected, model.Evaluate(x).MeanNll, 1e-9);
    }

    [TestMethod]
    public void DuplicatedFeaturesAreShrunkWithARemark()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 300);
        x = cat([x, x.narrow(1, 0, 1)], 1);
        using var transform = new AffineGaussianization().Fit(x);
        Assert.Contains("duplicated or dependent features); it was shrunk by", transform.Remark!);
        var y = transform.Forward(x);
        Assert.IsTrue(y.Points.isfinite().all().item<bool>());
        Assert.IsTrue(y.LogDeterminant.isfinite().all().item<bool>());
        Near.Assert(x, transform.Inverse(y.Points).Points, 1e-9);
        using var asked = new AffineGaussianization(0.1).Fit(x);
        Assert.IsNull(asked.Remark, "The shrinkage that was asked for suffices.");
    }

    [TestMethod]
    public void FewerRowsThanFeaturesAreShrunk()
    {
        using var scope = NewDisposeScope();
        using var transform = new AffineGaussianization().Fit(Draw.Normal(1, 5, 9));
        Assert.IsNotNull(transform.Remark);
        Assert.IsTrue(transform.Forward(Draw.Normal(2, 4, 9)).Points.isfinite().all().item<bool>());
    }

    [TestMethod]
    public void ShrinkageOfOneIsStandardization()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 300);
        using var shrunk = new AffineGaussianization(1).Fit(x);
        using var scaled = new Standardization().Fit(x);
        Near.Assert(scaled.Forward(x).Points, shrunk.Forward(x).Points, 1e-11);
        Near.Assert(scaled.Forward(x).LogDeterminant, shrunk.Forward(x).LogDeterminant, 1e-11);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new AffineGaussianization(1.1));
    }

    [TestMethod]
    public void FeaturesOfVeryDifferentScaleNeedAStandardizationFirst()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 300).mul(tensor(new[] { 1e7, 1, 1e-5 }));
        var error = Assert.ThrowsExactly<ArgumentException>(() => new AffineGaussianization().Fit(x));
        Assert.Contains("put a Standardization before", error.Message);
        using var generator = new Generator(1);
        using var chain = BijectionChain.Fit(new DensityModelOptions().Bijections, x, generator);
        var y = chain.Forward(x).Points;
        Near.Assert(eye(3, dtype: float64), y.t().mm(y).div(300), 1e-9);
    }

    [TestMethod]
    public void StandardizedFeaturesHaveMeanZeroAndDeviationOne()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 300);
        using var transform = new Standardization().Fit(x);
        var y = transform.Forward(x).Points;
        Near.Assert(zeros(3, dtype: float64), y.mean([0L]), 1e-12);
        Near.Assert(ones(3, dtype: float64), y.square().mean([0L]), 1e-12);
    }

    [TestMethod]
    public void ConstantFeaturesAreNamedWithARemedy()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(1, 30);
        x.select(1, 1).fill_(0.1);
        foreach (var step in new BijectionFit[] { new Standardization(), new AffineGaussianization() })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => step.Fit(x));
            Assert.Contains("Expected features that vary, got 1 constant ones, first feature 1 (always 0.1", error.Message);
            Assert.Contains("drop the feature", error.Message);
            Assert.Contains("at least 2 rows", Assert.ThrowsExactly<ArgumentException>(() => step.Fit(x.narrow(0, 0, 1))).Message);
        }
    }

    [TestMethod]
    public void AnotherNumberOfFeaturesIsRefused()
    {
        using var scope = NewDisposeScope();
        foreach (var step in new BijectionFit[] { new Standardization(), new AffineGaussianization() })
        {
            using var transform = step.Fit(Draw.Correlated(1, 30));
            Assert.ThrowsExactly<ArgumentException>(() => transform.Forward(Draw.Normal(1, 3, 1)));
        }
    }
}
