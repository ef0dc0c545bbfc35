using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The Gaussian map of fewer rows than features against dense formulas.</summary>
[TestClass]
public sealed class LowRankAffineTests
{
    private static readonly FitLimits _short = new(TimeSpan.FromSeconds(1), CancellationToken.None);

    [TestMethod]
    public void ItIsTheSymmetricRootOfTheShrunkCorrelation()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Normal(1, 6, 9).mul(3).add(1);
        using var map = new AffineGaussianization(0.3).Fit(x);
        Assert.IsInstanceOfType<LowRankAffineBijection>(map);
        var (mean, deviation) = FeatureMoments.Of(x);
        var scaled = x.sub(mean).div(deviation);
        var correlation = scaled.t().mm(scaled).div(6).mul(0.7).add(eye(9, dtype: float64).mul(0.3));
        var (values, vectors) = linalg.eigh(correlation);
        var root = vectors.mul(values.rsqrt()).mm(vectors.t());
        var points = Draw.Normal(2, 4, 9);
        var (y, logDeterminant) = map.Forward(points);
        Near.Assert(points.sub(mean).div(deviation).mm(root), y, 1e-11);
        var (x2, inverse) = map.Inverse(y);
        Near.Assert(points, x2, 1e-11);
        Near.Assert(logDeterminant, inverse.neg(), 1e-12);
        var variances = correlation.mul(deviation).mul(deviation.unsqueeze(1)).diagonal();
        Near.Assert(variances.sqrt(), map.InputScale()!, 1e-11);
        // w·x differs from w'·y by a constant.
        var directions = Draw.Normal(3, 5, 9);
        var difference = points.mm(directions.t()).sub(y.mm(map.PullBack(directions).t()));
        Near.Assert(difference[0].expand(4, 5), difference, 1e-11);
    }

    [TestMethod]
    public void TheLogDeterminantIsThatOfTheJacobian()
    {
        using var scope = NewDisposeScope();
        using var map = new AffineGaussianization(shrinkage: null).Fit(Draw.Normal(1, 12, 20));
        var point = Draw.Normal(2, 1, 20).requires_grad_(true);
        var (y, logDeterminant) = map.Forward(point);
        var rows = Enumerable.Range(0, 20).Select(i => autograd.grad([y[0, i]], [point], retain_graph: true)[0].squeeze(0)).ToArray();
        Near.Assert(linalg.slogdet(stack(rows)).Item2.unsqueeze(0), logDeterminant, 1e-10);
    }

    [TestMethod]
    public void ItIsStoredAndRestored()
    {
        using var scope = NewDisposeScope();
        using var map = new AffineGaussianization(0.1).Fit(Draw.Normal(1, 6, 9));
        using var restored = LowRankAffineBijection.Restore(map.Store());
        var points = Draw.Normal(2, 4, 9);
        Near.AssertBitEqual(map.Forward(points).Points, restored.Forward(points).Points);
        var damaged = map.Store().WithAllTensors(numbers => numbers.dim() == 2 ? numbers.mul(1.1) : numbers);
        Assert.Contains("orthonormal", Assert.ThrowsExactly<FormatException>(() => LowRankAffineBijection.Restore(damaged)).Message);
    }

    /// <summary>Both forms of the estimate hold for any shape, so one checks the other.</summary>
    [TestMethod]
    public void ShrinkageByGramMatricesIsThatByCorrelations()
    {
        using var scope = NewDisposeScope();
        foreach (var (rows, width, common) in ((long, long, double)[])[(60, 5, 1), (40, 30, 0.5), (300, 12, 0.1)])
        {
            var x = Draw.Normal(1, rows, width).add(Draw.Normal(2, rows, 1).mul(common));
            Assert.AreEqual(ShrinkageEstimate.Of(x), ShrinkageEstimate.OfGram(x.mm(x.t()), width, default), $"{rows} x {width}");
        }
    }

    /// <summary>Folds of every fifth row would leave out one weekday after the other.</summary>
    [TestMethod]
    public void ATableThatRepeatsEveryFiveRowsIsShrunkAsItsShuffledCopy()
    {
        using var scope = NewDisposeScope();
        const int rows = 100, width = 200;
        // Each kind of rows varies along a direction of its own.
        var kinds = Draw.Normal(3, 5, width).index_select(0, arange(rows, dtype: int64).remainder(5));
        var data = kinds.mul(Draw.Normal(5, rows, 1)).add(Draw.Normal(4, rows, width).mul(0.05));
        var shuffled = data.index_select(0, randperm(rows, dtype: int64, generator: new Generator(9)));
        Near.IsBelow(1.5, Rest(data) / Rest(shuffled));

        // Across the directions of all rows nothing is left but the weight of the diagonal.
        static double Rest(Tensor table)
        {
            using var sample = RowSample.Draw(rows);
            using var map = new AffineGaussianization(shrinkage: null).Fit(table, sample, default);
            return map.Store().Tensors["rest"].item<double>();
        }
    }

    [TestMethod]
    public void ManyRowsOfFewDirectionsAreFoundByIterations()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Normal(1, 300, 4).mm(Draw.Normal(2, 4, 80)).add(Draw.Normal(3, 300, 80).mul(0.1));
        var (mean, deviation) = FeatureMoments.Of(x);
        var scaled = x.sub(mean).div(deviation);
        var values = linalg.eigvalsh(scaled.t().mm(scaled).div(300));
        var found = LowRankCorrelation.Largest(scaled, 12, default);
        Near.Assert(values.narrow(0, 76, 4), found.Eigenvalues.narrow(0, 8, 4), 1e-8);
        Near.Assert(eye(12, dtype: float64), found.Vectors.mm(found.Vectors.t()), 1e-12);
        Assert.AreEqual((80 - found.Eigenvalues.sum().item<double>()) / 68, found.Rest, 1e-12);
    }

    [TestMethod]
    public void LittleTimeTakesTheLargestDirectionsAndSaysSo()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Normal(1, 700, 900);
        using var sample = RowSample.Draw(700);
        using var map = new AffineGaussianization(shrinkage: null).Fit(x, sample, _short);
        Assert.Contains("The time limit is too short", map.Remark!);
        var y = map.Forward(x).Points;
        Near.Assert(x, map.Inverse(y).Points, 1e-9);
        using var again = new AffineGaussianization(shrinkage: null).Fit(x, sample, _short);
        Near.AssertBitEqual(y, again.Forward(x).Points);
    }

    [TestMethod]
    public void ALongDecompositionIsLeftWhenNobodyWaits()
    {
        using var scope = NewDisposeScope();
        using var source = new CancellationTokenSource();
        var limits = new FitLimits(null, source.Token);
        var matrix = Draw.Normal(1, 900, 900);
        matrix = matrix.mm(matrix.t());
        var (values, vectors) = limits.Decompose(matrix);
        var (expected, _) = linalg.eigh(matrix);
        Near.Assert(expected, values, 1e-8);
        Near.Assert(matrix, vectors.mul(values).mm(vectors.t()), 1e-8);
        source.CancelAfter(20);
        Assert.Throws<OperationCanceledException>(() =>
        {
            while (true)
            {
                limits.Decompose(matrix);
            }
        });
    }

    [TestMethod]
    public void BuildingIsCancelled()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        Assert.ThrowsExactly<OperationCanceledException>(
            () => new DensityModelOptions().Build(Draw.Normal(1, 20, 3), generator, cancellationToken: new(canceled: true)));
    }
}
