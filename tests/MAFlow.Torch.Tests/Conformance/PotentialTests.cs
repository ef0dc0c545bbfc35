using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What every potential promises, closed forms and autograd alike.</summary>
[TestClass]
public sealed class PotentialTests
{
    private const double Time = 0.3;

    private static IEnumerable<object[]> Families => PotentialFamilies.Names;

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void GradientIsTheDerivativeOfTheValue(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = PotentialFamilies.Create(family);
        var x = Draw.Normal(1, 5, PotentialFamilies.Dimension);
        Near.Assert(FiniteDifferences.Along(point => potential.Value(point, Time), x).t(), potential.Gradient(x, Time), 1e-8);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void LaplacianIsTheDivergenceOfTheGradient(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = PotentialFamilies.Create(family);
        var x = Draw.Normal(2, 5, PotentialFamilies.Dimension);
        var jacobian = FiniteDifferences.Along(point => potential.Gradient(point, Time), x);
        Near.Assert(jacobian.diagonal(0, 0, 2).sum([1L]), potential.Laplacian(x, Time), 1e-8);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void DerivativesAgreeWithAutogradAlsoAtTheOrigin(string family)
    {
        using var scope = NewDisposeScope();
        using var generic = PotentialFamilies.CreateGeneric(family);
        using var potential = PotentialFamilies.Create(family);
        var x = cat([Draw.Normal(3, 4, PotentialFamilies.Dimension), zeros(1, PotentialFamilies.Dimension, dtype: float64)]);
        Near.Assert(generic.Gradient(x, Time), potential.Gradient(x, Time), 1e-12);
        Near.Assert(generic.Laplacian(x, Time), potential.Laplacian(x, Time), 1e-12);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void RowsDoNotInfluenceEachOther(string family)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 4 });
        var x = Draw.Normal(6, 4, PotentialFamilies.Dimension);
        var together = flow.Encode(x);
        for (var row = 0; row < 4; row++)
        {
            var alone = flow.Encode(x.narrow(0, row, 1));
            Near.Assert(together.Z.narrow(0, row, 1), alone.Z, 1e-13);
            Near.Assert(together.LogProb.narrow(0, row, 1), alone.LogProb, 1e-13);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void OperationsRefusePointsOfAnotherShapeOrType(string family)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family));
        foreach (var wrong in new[] { zeros(2, 4, dtype: float64), zeros(3, dtype: float64), zeros(0, 3, dtype: float64), zeros(2, 3, dtype: int64) })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => flow.LogProb(wrong));
            Assert.Contains("Expected a", error.Message);
            Assert.ThrowsExactly<ArgumentException>(() => flow.Decode(wrong));
            Assert.ThrowsExactly<ArgumentException>(() => flow.Potential.Gradient(wrong));
        }
    }

    // Where no path leads from x to a gradient, torch returns an undefined tensor: it holds nothing, yet TotalCount never forgets it.
    private static IEnumerable<object[]> CurvedFamilies => Families.Where(family => family[0] is not ("linear" or "constant"));

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void PointsOfAnotherTypeThanThatOfTheParametersAreRefused(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = PotentialFamilies.Create(family);
        if (!potential.DependsOn.Any())
        {
            // Without parameters any type will do.
            Assert.AreEqual(float32, potential.Value(zeros(2, PotentialFamilies.Dimension, dtype: float32), Time).dtype);
            return;
        }

        var x = Draw.Normal(9, 2, PotentialFamilies.Dimension).to(float32);
        foreach (var operation in new Func<Tensor>[] { () => potential.Value(x, Time), () => potential.Gradient(x, Time), () => potential.Laplacian(x, Time) })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => operation());
            Assert.Contains("Expected points of type Float64", error.Message);
            Assert.Contains("got Float32; convert them with x.to(ScalarType.Float64)", error.Message);
        }
    }

    [TestMethod]
    [DynamicData(nameof(CurvedFamilies))]
    public void EveryOperationFreesItsTensors(string family)
    {
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 3 });
        using var x = Draw.Normal(7, 4, PotentialFamilies.Dimension);
        using var logProb = Draw.Normal(8, 4);
        using var generator = new Generator(1);
        Leaks.AssertNone(() => [flow.Potential.Value(x)]);
        Leaks.AssertNone(() => [flow.Potential.Gradient(x)]);
        Leaks.AssertNone(() => [flow.Potential.Laplacian(x)]);
        Leaks.AssertNone(() => flow.Potential.Derivatives(x, 0, LaplacianEstimator.Exact, null) is var d ? [d.Gradient, d.Laplacian] : []);
        Leaks.AssertNone(() => flow.Potential.Transport(Solves.From(x, logProb), new TimeGrid(0, 1, 2), Solves.By()) is var end ? [end.X, end.LogProb] : []);
        Leaks.AssertNone(() => [flow.LogProb(x)]);
        Leaks.AssertNone(() => [flow.Encode(x)]);
        Leaks.AssertNone(() => [flow.Decode(x)]);
        Leaks.AssertNone(() => [flow.Sample(3, generator)]);
        Leaks.AssertNone(() => flow.EncodeToTolerance(x, 1e-3) is var s ? [s] : []);
        Leaks.AssertNone(() => flow.EncodeTrajectory(x, 2).Cast<IDisposable>());
        Leaks.AssertNone(() => flow.DecodeTrajectory(x, 3).Cast<IDisposable>());
        using var _ = no_grad();
        Leaks.AssertNone(() => [flow.Encode(x)]);
        Leaks.AssertNone(() => [flow.Potential.Laplacian(x)]);
    }
}
