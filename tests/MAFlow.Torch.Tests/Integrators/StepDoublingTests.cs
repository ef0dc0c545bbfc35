using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Depths that are chosen row by row keep the promised accuracy.</summary>
[TestClass]
public sealed class StepDoublingTests
{
    [TestMethod]
    [DataRow(1e-8)]
    [DataRow(1e-6)]
    public void LogDensitiesLieWithinTheToleranceOfADeepSolve(double tolerance)
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var x = Points(200);
        var solution = flow.EncodeToTolerance(x, new StepDoubling(tolerance));
        using var _ = no_grad();
        var exact = flow.Encode(x, depth: 2000);
        Assert.IsLessThanOrEqualTo(tolerance, solution.EstimatedError.max().item<double>());
        Assert.IsLessThan(tolerance + 1e-11, solution.State.LogProb.sub(exact.LogProb).abs().max().item<double>());
        Assert.IsLessThan(10 * tolerance, solution.State.X.sub(exact.X).abs().max().item<double>());
        // Rows differ in what they need, or the test shows nothing about rows.
        Assert.IsLessThan(solution.Depth.max().item<long>(), solution.Depth.min().item<long>());
    }

    [TestMethod]
    public void DisposingASolutionDisposesItsTensors()
    {
        using var flow = Flow();
        using var x = Points(3);
        var solution = flow.EncodeToTolerance(x, new StepDoubling(1e-3));
        solution.Dispose();
        Assert.IsTrue(new[] { solution.State.X, solution.State.LogProb, solution.EstimatedError, solution.Depth }.All(tensor => tensor.IsInvalid));
        default(ToleranceSolution).Dispose();
    }

    [TestMethod]
    public void ARowDoesNotDependOnTheRestOfItsBatch()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var x = Points(50);
        var together = flow.EncodeToTolerance(x, new StepDoubling(1e-4));
        for (var row = 0; row < 50; row += 7)
        {
            var alone = flow.EncodeToTolerance(x.narrow(0, row, 1), new StepDoubling(1e-4));
            Assert.AreEqual(alone.State.LogProb.item<double>(), together.State.LogProb[row].item<double>(), 1e-12);
            Assert.AreEqual(alone.Depth.item<long>(), together.Depth[row].item<long>());
        }
    }

    [TestMethod]
    public void WhereTheLargestDepthDoesNotSufficeTheEstimateSaysSo()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var solution = flow.EncodeToTolerance(Points(20), new StepDoubling(1e-13, initialDepth: 2, maxDepth: 8));
        Assert.AreEqual(8, solution.Depth.max().item<long>());
        Assert.IsGreaterThan(1e-13, solution.EstimatedError.max().item<double>());
        Assert.AreEqual(20 * (2 + 4 + 8), solution.Steps);
    }

    [TestMethod]
    public void ARuleThatCannotBeMetIsRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StepDoubling(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StepDoubling(1e-3, initialDepth: 4, maxDepth: 7));
    }

    private static Tensor Points(long rows)
    {
        using var generator = new Generator(8);
        return randn([rows, 3], dtype: float64, generator: generator).mul(2);
    }

    private static MongeAmpereFlow Flow()
    {
        using var generator = new Generator(4);
        var weight = randn([5, 3], dtype: float64, generator: generator);
        return new(new RidgePotential(weight, randn(5, dtype: float64, generator: generator), randn(5, dtype: float64, generator: generator), Activation.Softplus), new() { Horizon = 1 });
    }
}
