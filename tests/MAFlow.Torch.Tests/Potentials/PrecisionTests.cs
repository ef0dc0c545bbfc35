using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The arithmetic that a flow takes where the choice is left to it.</summary>
[TestClass]
public sealed class PrecisionTests
{
    private static readonly MongeAmpereFlowOptions _fastest = new() { Horizon = 2, Depth = 4, Precision = Precision.Fastest };

    [TestMethod]
    public void AFlowSaysWhatItTook()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Ridge(float32), _fastest);
        Assert.AreNotEqual(Precision.Fastest, flow.Options.Precision);
        Assert.IsTrue(flow.Options.IsPrecisionChosen);
        Assert.AreEqual(flow.Options.Precision, flow.At(7).Options.Precision);
        // Measured once, so that all flows of a size take the same.
        using var other = new MongeAmpereFlow(new PiecewisePotential(2, [Ridge(float32), Ridge(float32)]), _fastest);
        Assert.AreEqual(flow.Options.Precision, other.Options.Precision);
        using var asked = new MongeAmpereFlow(Ridge(float32), _fastest with { Precision = Precision.Full });
        Assert.IsFalse(asked.Options.IsPrecisionChosen);
        Assert.IsNull(asked.Options.PrecisionRemark(asked.Potential));
    }

    [TestMethod]
    public void WithoutProductsInSinglePrecisionItIsFull()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        Potential[] potentials = [Ridge(float64), new MlpPotential(2, [4], Activation.Softplus, generator)];
        foreach (var potential in potentials)
        {
            using var flow = new MongeAmpereFlow(potential, _fastest);
            Assert.AreEqual(Precision.Full, flow.Options.Precision);
            Assert.Contains("Precision.Fastest took Precision.Full: there are no large products in float32", flow.Options.PrecisionRemark(potential)!);
        }
    }

    [TestMethod]
    public void TheReportNamesTheChoiceAndTheChoiceGivesTheSameWeights()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        using var model = Build(data, Precision.Fastest);
        var taken = model.Flow.Options.Precision;
        var report = new DensityTrainer(Toy.Short).Fit(model, data);
        Assert.Contains($"Precision.Fastest took Precision.{taken}: a product of 128 rows takes", report.Remarks.Single());
        using var same = Build(data, taken);
        new DensityTrainer(Toy.Short).Fit(same, data);
        CollectionAssert.AreEqual(Toy.Weights(same), Toy.Weights(model));
    }

    [TestMethod]
    [DataRow(Precision.Full)]
    [DataRow(Precision.BFloat16Products)]
    public void AResumedTrainingGoesOnWithTheChoiceOfTheFirst(Precision first)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var data = Toy.Ring(1, 100);
        var options = Toy.Short with { CheckpointPath = folder["checkpoint"] };
        using var begun = Build(data, Precision.Fastest);
        begun.Flow.Choose(first);
        using var cancellation = new CancellationTokenSource();
        var stop = new Observer(progress =>
        {
            if (progress.IsRoundEnd)
            {
                cancellation.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => new DensityTrainer(options).Fit(begun, data, progress: stop, cancellationToken: cancellation.Token));
        using var resumed = Build(data, Precision.Fastest);
        resumed.Flow.Choose(first == Precision.Full ? Precision.BFloat16Products : Precision.Full);
        new DensityTrainer(options).Fit(resumed, data);
        using var straight = Build(data, first);
        new DensityTrainer(Toy.Short).Fit(straight, data);
        CollectionAssert.AreEqual(Toy.Weights(straight), Toy.Weights(resumed));
        Assert.AreEqual(first, resumed.Flow.Options.Precision);
    }

    [TestMethod]
    public void AConditionalFlowChoosesToo()
    {
        using var scope = NewDisposeScope();
        var potential = ConditionalFlows.Potential("hidden layer");
        potential.to(float32);
        using var flow = new ConditionalFlow(potential, _fastest);
        Assert.IsTrue(flow.Options.IsPrecisionChosen);
        Assert.Contains($"took Precision.{flow.Options.Precision}: a product", flow.PrecisionRemark!);
    }

    private static RidgePotential Ridge(ScalarType type)
    {
        var potential = PotentialFamilies.Ridge(Activation.Softplus, 5, dimension: 2);
        potential.to(type);
        return potential;
    }

    private static DensityModel Build(Tensor data, Precision precision)
    {
        using var generator = new Generator(1);
        return new DensityModelOptions { HiddenUnits = 3, Flow = _fastest with { Precision = precision } }.Build(data, generator);
    }
}
