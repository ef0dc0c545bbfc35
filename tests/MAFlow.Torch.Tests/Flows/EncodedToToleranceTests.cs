using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Depths that are chosen row by row keep the promised accuracy.</summary>
[TestClass]
public sealed class EncodedToToleranceTests
{
    [TestMethod]
    [DataRow(1e-8)]
    [DataRow(1e-6)]
    public void LogDensitiesLieWithinTheToleranceOfADeepSolve(double tolerance)
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var x = Points(200);
        var solution = flow.EncodeToTolerance(x, tolerance);
        Assert.IsTrue(solution.IsConverged.all().item<bool>());
        using var _ = no_grad();
        var exact = flow.At(2000).Encode(x);
        Near.IsAtMost(tolerance, solution.EstimatedError.max().item<double>());
        Near.IsBelow(tolerance + 1e-11, solution.LogProb.sub(exact.LogProb).abs().max().item<double>());
        Near.IsBelow(10 * tolerance, solution.Z.sub(exact.Z).abs().max().item<double>());
        // Rows differ in what they need, or the test shows nothing about rows.
        Near.IsBelow(solution.Depth.max().item<long>(), solution.Depth.min().item<long>());
    }

    [TestMethod]
    public void DisposingASolutionDisposesItsTensors()
    {
        using var flow = Flow();
        using var x = Points(3);
        var solution = flow.EncodeToTolerance(x, 1e-3);
        solution.Dispose();
        Assert.IsTrue(new[] { solution.Z, solution.LogProb, solution.EstimatedError, solution.Depth, solution.IsConverged }.All(tensor => tensor.IsInvalid));
    }

    [TestMethod]
    public void ARowDoesNotDependOnTheRestOfItsBatch()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var x = Points(50);
        var together = flow.EncodeToTolerance(x, 1e-4);
        for (var row = 0; row < 50; row += 7)
        {
            var alone = flow.EncodeToTolerance(x.narrow(0, row, 1), 1e-4);
            Assert.AreEqual(alone.LogProb.item<double>(), together.LogProb[row].item<double>(), 1e-12);
            Assert.AreEqual(alone.Depth.item<long>(), together.Depth[row].item<long>());
        }
    }

    [TestMethod]
    public void WhereTheLargestDepthDoesNotSufficeTheEstimateSaysSo()
    {
        using var scope = NewDisposeScope();
        using var flow = Flow();
        var solution = flow.EncodeToTolerance(Points(20), 1e-13, maxDepth: 12);
        Assert.AreEqual(12, solution.Depth.max().item<long>());
        Assert.IsFalse(solution.IsConverged.all().item<bool>());
        Assert.IsGreaterThan(1e-13, solution.EstimatedError.max().item<double>());
        Assert.AreEqual(20 * (3 + 6 + 12), solution.Steps);
    }

    [TestMethod]
    public void ARuleThatCannotBeMetIsRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DepthDoubling(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DepthDoubling(1e-3, maxDepth: 0));
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
