using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A density of y given x: what it promises at any parameters.</summary>
[TestClass]
public sealed class ConditionalDensityModelTests
{
    [TestMethod]
    public void ItBeginsAtTheLinearRegressionWithNormalResiduals()
    {
        using var scope = NewDisposeScope();
        var context = Draw.Normal(1, 5000, 3);
        var y = context.mv(tensor([2.0, -1, 0])).add(4).add(Draw.Normal(2, 5000).mul(0.5)).unsqueeze(1);
        using var model = Build(y, context);
        var (mean, deviation) = model.Predict(context).Moments();
        Near.Assert(context.mv(tensor([2.0, -1, 0])).add(4), mean, 0.05);
        Near.Assert(full(5000, 0.5, dtype: float64), deviation, 0.02);
        var u = y.squeeze(1).sub(mean).div(deviation);
        Near.Assert(u.pow(2).mul(-0.5).sub(deviation.log()).sub(0.5 * Math.Log(2 * Math.PI)), model.LogProb(y, context), 5e-3);
    }

    [TestMethod]
    public void VectorsBeginAtTheirRegressionWithTheFullCovarianceOfItsResiduals()
    {
        using var scope = NewDisposeScope();
        var context = Draw.Normal(1, 5000, 2);
        var root = tensor(new double[,] { { 0.5, 0, 0 }, { 0.4, 0.1, 0 }, { -0.2, 0.3, 0.2 } });
        var mean = context.mm(tensor(new double[,] { { 2, -1, 0 }, { 0.5, 1, 3 } })).add(tensor(new double[] { 4, 0, -7 }));
        var u = Draw.Normal(2, 5000, 3);
        using var model = Build(mean.add(u.mm(root.t())), context);
        var exact = u.pow(2).sum([1L]).mul(-0.5).sub(Math.Log(0.5 * 0.1 * 0.2) + (1.5 * Math.Log(2 * Math.PI)));
        Assert.AreEqual(exact.mean().item<double>(), model.LogProb(mean.add(u.mm(root.t())), context).mean().item<double>(), 5e-3);
        // Where the context determines a coordinate, there is a density all the same.
        using var determined = Build(stack([context.select(1, 0), u.select(1, 0)], 1), context);
        Assert.IsTrue(determined.LogProb(stack([context.select(1, 0), u.select(1, 0)], 1), context).isfinite().all().item<bool>());
    }

    /// <summary>The density is the slope of the distribution function, whose inverse gives the quantiles.</summary>
    [TestMethod]
    public void DensityDistributionFunctionAndQuantilesFitTogether()
    {
        using var scope = NewDisposeScope();
        using var model = AwayFromRest(1).At(64);
        var context = Draw.Normal(3, 20, 2);
        var predicted = model.Predict(context);
        double[] levels = [0.001, 0.05, 0.3, 0.5, 0.9, 0.999];
        var quantiles = predicted.Quantiles(levels);
        for (var k = 0; k < levels.Length; k++)
        {
            var y = quantiles[.., k];
            Near.Assert(full(20, levels[k], dtype: float64), predicted.Cumulative(y), 1e-6);
            var slope = predicted.Cumulative(y.add(1e-5)).sub(predicted.Cumulative(y.sub(1e-5))).div(2e-5);
            Near.Assert(slope, model.LogProb(y.unsqueeze(1), context).exp(), 1e-5);
        }

        Assert.IsTrue(quantiles.diff(dim: 1).gt(0).all().item<bool>(), "Quantiles ascend with their level.");
    }

    [TestMethod]
    public void MomentsAndRankedScoreAreThoseOfManySamples()
    {
        using var scope = NewDisposeScope();
        using var model = AwayFromRest(1);
        using var generator = new Generator(9);
        var context = Draw.Normal(4, 1, 2);
        var drawn = model.Sample(context.expand(40_000, 2), generator).squeeze(1);
        var (mean, deviation) = model.Predict(context).Moments();
        var error = drawn.std().item<double>() / Math.Sqrt(40_000);
        Assert.AreEqual(drawn.mean().item<double>(), mean.item<double>(), 4 * error);
        Assert.AreEqual(drawn.std().item<double>(), deviation.item<double>(), 6 * error);
        // CRPS = E|Y - y| - ½ E|Y - Y'|.
        var y = mean.add(1.3);
        var energy = drawn.sub(y).abs().mean().sub(drawn.narrow(0, 0, 20_000).sub(drawn.narrow(0, 20_000, 20_000)).abs().mean().div(2));
        Assert.AreEqual(energy.item<double>(), model.Predict(context).RankedScore(y).item<double>(), 5 * error);
    }

    [TestMethod]
    [DataRow(1L)]
    [DataRow(3L)]
    public void ASavedModelIsTheSame(long dimension)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = AwayFromRest(dimension);
        model.Save(folder["model"]);
        using var loaded = ConditionalDensityModel.Load(folder["model"]);
        var (y, context) = (Draw.Normal(5, 7, dimension), Draw.Normal(6, 7, 2));
        Near.AssertBitEqual(model.LogProb(y, context), loaded.LogProb(y, context));
        Near.AssertBitEqual(model.Decode(y, context), loaded.Decode(y, context));
        Assert.AreEqual((model.Depth, model.Dimension, model.ContextDimension), (loaded.Depth, loaded.Dimension, loaded.ContextDimension));
        Assert.Contains("maflow-conditional-density", Assert.ThrowsExactly<FormatException>(() => DensityModel.Load(folder["model"])).Message);
    }

    [TestMethod]
    public void RowsAreEncodedToToleranceEachWithItsOwnFinalMap()
    {
        using var scope = NewDisposeScope();
        using var model = AwayFromRest(1);
        var (y, context) = (Draw.Normal(7, 30, 1), Draw.Normal(8, 30, 2).mul(2));
        var flow = model.Flow.Given(model.Scaling.Apply(context));
        using var _ = no_grad();
        Near.Assert(flow.At(400).LogProb(y), flow.EncodeToTolerance(y, 1e-8).LogProb, 2e-8);
    }

    [TestMethod]
    public void ConstantColumnsAndFarContextsDoNoHarm()
    {
        using var scope = NewDisposeScope();
        var context = cat([Draw.Normal(1, 200, 1), full([200, 1], 1e6, dtype: float64)], 1);
        using var model = Build(context.narrow(1, 0, 1).add(Draw.Normal(2, 200, 1)), context);
        var far = tensor(new double[,] { { 1, -5 }, { 1, 1e6 }, { 1e30, 0 }, { 1e3, 0 } });
        var logProb = model.LogProb(zeros([4, 1], dtype: float64), far);
        Assert.AreEqual(logProb[0].item<double>(), logProb[1].item<double>(), "A column that never changed has no effect.");
        Assert.AreEqual(logProb[2].item<double>(), logProb[3].item<double>(), "Ten deviations are as far as a context goes.");
        Assert.IsTrue(logProb.isfinite().all().item<bool>());
    }

    [TestMethod]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = AwayFromRest(1);
        var (y, context) = (Draw.Normal(1, 4, 1), Draw.Normal(2, 4, 2));
        string Message(Action wrong) => Assert.Throws<ArgumentException>(wrong).Message;
        Assert.Contains("[B, 2]", Message(() => model.LogProb(y, Draw.Normal(2, 4, 3))));
        Assert.Contains("one context for each of 4 rows, got 3", Message(() => model.LogProb(y, Draw.Normal(2, 3, 2))));
        Assert.Contains("the contexts", Message(() => model.LogProb(y, context.div(0))));
        Assert.Contains("above 0 and below 1", Message(() => model.Predict(context).Quantiles(0.5, 1)));
        Assert.Contains("Expected labels that vary", Message(() => Build(full([50, 1], 3, dtype: float64), Draw.Normal(3, 50, 2))));
        Assert.Contains("one context for each of 50 rows", Message(() => Build(Draw.Normal(1, 50, 1), Draw.Normal(3, 49, 2))));
        using var two = AwayFromRest(2);
        Assert.Contains("use Sample", Assert.ThrowsExactly<InvalidOperationException>(() => two.Predict(context)).Message);
    }

    [TestMethod]
    public void EveryOperationFreesItsTensors()
    {
        using var model = AwayFromRest(1);
        using var y = Draw.Normal(1, 4, 1);
        using var context = Draw.Normal(2, 4, 2);
        using var observed = Draw.Normal(3, 4);
        using var generator = new Generator(1);
        void Within(Action use)
        {
            using var scope = NewDisposeScope();
            use();
        }

        Within(() => model.Predict(context).Moments());
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Within(() => model.Encode(y, context));
        Within(() => model.Decode(y, context));
        Within(() => model.Sample(context, generator));
        Within(() => model.Predict(context).Moments());
        Within(() => model.Predict(context).Quantiles(0.1, 0.9));
        Within(() => model.Predict(context).Cumulative(observed));
        Within(() => model.Predict(context).RankedScore(observed));
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void ADisposedModelSaysSo()
    {
        using var scope = NewDisposeScope();
        var model = AwayFromRest(1);
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.LogProb(Draw.Normal(1, 4, 1), Draw.Normal(2, 4, 2)));
    }

    private static ConditionalDensityModel Build(Tensor y, Tensor context)
    {
        using var generator = new Generator(3);
        return new ConditionalDensityModelOptions { DataType = ScalarType.Float64, HiddenUnits = 12, ContextUnits = 6 }.Build(y, context, generator);
    }

    /// <summary>A model on two context features whose parameters are as random as its start.</summary>
    private static ConditionalDensityModel AwayFromRest(long dimension)
    {
        using var scope = NewDisposeScope();
        var model = Build(Draw.Normal(11, 100, dimension).mul(2).add(1), Draw.Normal(12, 100, 2));
        using var _ = no_grad();
        var seed = 20UL;
        foreach (var (_, parameter) in model.Flow.NamedParameters())
        {
            parameter.add_(Draw.Normal(seed++, parameter.shape).mul(0.15));
        }

        return model;
    }
}
