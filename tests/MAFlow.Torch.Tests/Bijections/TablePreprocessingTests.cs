using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The steps that make a density exist for any table.</summary>
[TestClass]
public sealed class TablePreprocessingTests
{
    [TestInitialize]
    public void Start() => TorchRuntime.EnsureLoaded();

    [TestMethod]
    public void A_long_table_is_fitted_in_blocks_as_if_at_once()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        // Sorted, so that each block of rows is unlike the others.
        var (data, _) = randn([40_000, 2], dtype: float64, generator: generator).exp().sort(0);
        var chain = BijectionChain.Fit([new TailCompression(), new AffineGaussianization()], data, generator);
        var y = chain.Forward(data).Points;
        Near.IsBelow(1e-9, y.mean([0L]).abs().max().item<double>());
        Near.IsBelow(1e-9, y.t().mm(y).div(40_000).sub(eye(2, dtype: float64)).abs().max().item<double>());
        chain.Dispose();
    }

    [TestMethod]
    public void Tail_compression_inverts_and_states_its_log_determinant()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var data = randn([500, 3], dtype: float64, generator: generator);
        data = stack([data.select(1, 0).exp(), data.select(1, 1).pow(3), data.select(1, 2)], 1);
        using var transform = new TailCompression().Fit(data);
        var x = cat([data.narrow(0, 0, 50), tensor(new[] { 1e5, -3e7, 1e4, -2e6, 1e9, -1e12 }).reshape(2, 3)], 0).requires_grad_(true);
        var (y, logDeterminant) = transform.Forward(x);
        Assert.IsTrue(transform.Inverse(y).Points.allclose(x, 1e-9, 1e-9));
        // The map works feature by feature, so the gradient of the sum is the diagonal of the Jacobian.
        var slope = autograd.grad([y.sum()], [x], allow_unused: true)[0];
        Assert.IsTrue(slope.gt(0).all().item<bool>());
        Assert.IsTrue(slope.log().sum([1L]).allclose(logDeterminant, 1e-10, 1e-10));
    }

    [TestMethod]
    public void Tail_compression_shortens_tails_and_leaves_a_Gaussian_alone()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var normal = randn([2000, 2], dtype: float64, generator: generator);
        var data = stack([normal.select(1, 0).mul(1.5).exp(), normal.select(1, 1)], 1);
        using var transform = new TailCompression().Fit(data);
        var y = transform.Forward(data).Points;
        Near.IsBelow(2, Math.Abs(Skewness(y.select(1, 0))));
        Assert.IsGreaterThan(5, Skewness(data.select(1, 0)));
        var ratio = y.select(1, 1).std() / data.select(1, 1).std();
        var center = data.select(1, 1).quantile(tensor(0.5, dtype: float64));
        Assert.IsTrue(y.select(1, 1).allclose(data.select(1, 1).sub(center).mul(ratio), 1e-9, 1e-9));
    }

    [TestMethod]
    public void From_one_half_on_a_value_twice_as_far_costs_at_least_twice_the_nats()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var data = randn([2000, 1], dtype: float64, generator: generator).mul(2).exp();
        // Squares of the compressed values are what a Gaussian's nats grow by; 100 and 200 are within 1000 robust deviations.
        double Growth(TailCompression step)
        {
            using var transform = step.Fit(data);
            var y = transform.Forward(tensor(new[] { 100.0, 200.0 }).unsqueeze(1)).Points.square();
            return (y[1, 0] / y[0, 0]).item<double>();
        }

        Assert.IsGreaterThan(2, Growth(new TailCompression(0.5)));
        Near.IsBelow(1.6, Growth(new TailCompression()));
        Assert.AreEqual(4, Growth(new TailCompression(1)), 0.2);
        foreach (var wrong in new[] { 0, 1.1, double.NaN })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new TailCompression(wrong));
        }
    }

    [TestMethod]
    [DataRow(9999.0)]
    [DataRow(-1e6)]
    [DataRow(1e30)]
    public void A_value_far_from_all_others_does_not_set_the_scale(double far)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(8);
        var data = randn([500, 1], dtype: float64, generator: generator);
        using var smoothing = new Smoothing().Fit(data);
        using var tails = new TailCompression().Fit(data);
        var (noise, scale) = (smoothing.Store().Tensor("deviation").item<double>(), tails.Store().Tensor("scale").item<double>());
        Assert.AreEqual(0.1 * data.std(0, unbiased: false).item<double>(), noise, 1e-15, "Nothing is far.");
        data[17, 0] = far;
        using var spoiltSmoothing = new Smoothing().Fit(data);
        using var spoiltTails = new TailCompression().Fit(data);
        Assert.AreEqual(noise, spoiltSmoothing.Store().Tensor("deviation").item<double>(), noise);
        Assert.AreEqual(scale, spoiltTails.Store().Tensor("scale").item<double>(), 0.1 * scale);
        // What nearly all rows have is no scale.
        data.fill_(0)[17, 0] = far;
        using var rare = new Smoothing().Fit(data);
        Assert.AreEqual(0.1 * Math.Abs(far) / Math.Sqrt(500), rare.Store().Tensor("deviation").item<double>(), Math.Abs(far) * 1e-4);
    }

    [TestMethod]
    public void Smoothing_spreads_whole_numbers_over_their_gaps_and_scores_rows_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var data = stack([randint(0, 4, [1000], dtype: float64, generator: generator).mul(3), full(1000, 7.0, dtype: float64)], 1);
        using var transform = new Smoothing(0).Fit(data);
        var moved = transform.Forward(data, generator).Points.sub(data);
        Assert.IsTrue(transform.Forward(data).Points.equal(data).all().item<bool>());
        Assert.AreEqual(1.5, moved.select(1, 0).abs().max().item<double>(), 0.01);
        Assert.AreEqual(0.5, moved.select(1, 1).abs().max().item<double>(), 0.01);
        StringAssert.Contains(transform.Remark, "1 of 2 features are constant");
    }

    [TestMethod]
    public void A_feature_that_has_a_density_is_smoothed_by_its_own_share()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var amounts = randn([2_000], dtype: float64, generator: generator).exp();
        var data = stack(
        [
            amounts,
            where(rand(2_000, dtype: float64, generator: generator).lt(0.2), zeros_like(amounts), amounts),
            randint(0, 100, [2_000], dtype: float64, generator: generator),
            rand(2_000, dtype: float64, generator: generator).lt(0.1).to(float64),
        ], 1);
        using var both = new Smoothing(0.1, 0.01).Fit(data);
        // Zeros among amounts are a peak; whole numbers and flags are spread over the gap of 1.
        var shares = both.Store().Tensor("deviation").div(data.std(0, unbiased: false));
        Near.Assert(tensor([0.01, 0.1, 0.01, 0.01]), shares, 1e-9);
        using var one = new Smoothing(0.1).Fit(data);
        Near.Assert(tensor([0.1, 0.1, 0.1, 0.1]), one.Store().Tensor("deviation").div(data.std(0, unbiased: false)), 1e-9);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Smoothing(0.1, 1.1));
    }

    [TestMethod]
    public void Shrinkage_is_estimated_as_strong_for_few_rows_and_weak_for_many()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var mixing = randn([40, 40], dtype: float64, generator: generator);
        double Worst(long rows)
        {
            var data = randn([rows, 40], dtype: float64, generator: generator).mm(mixing);
            using var transform = new AffineGaussianization(shrinkage: null).Fit(data);
            var fresh = randn([4000, 40], dtype: float64, generator: generator).mm(mixing);
            return transform.Forward(fresh).Points.square().mean().item<double>();
        }

        // One were the covariance known; without shrinkage 30 rows leave ten directions without any variance.
        Near.IsBelow(30, Worst(30));
        Assert.AreEqual(1, Worst(4000), 0.1);
    }

    [TestMethod]
    public void A_model_with_all_steps_survives_its_file_and_gives_the_gradient_of_its_score()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var data = randn([200, 3], dtype: float64, generator: generator).exp();
        var recipe = new DensityModelOptions
        {
            Bijections = [new Smoothing(), new TailCompression(), new AffineGaussianization(shrinkage: null)],
            HiddenUnits = 8,
            DataType = ScalarType.Float64,
        };
        using var model = recipe.Build(data, generator);
        using (no_grad())
        {
            foreach (var parameter in model.Flow.Potential.parameters())
            {
                parameter.add_(randn(parameter.shape, dtype: float64, generator: generator).mul(0.1));
            }
        }

        using var stream = new MemoryStream();
        model.Save(stream);
        stream.Position = 0;
        using var loaded = DensityModel.Load(stream, stream.Length);
        var rows = data.narrow(0, 0, 10);
        Assert.IsTrue(loaded.LogProb(rows).equal(model.LogProb(rows)).all().item<bool>());

        var gradient = model.ScoreGradient(rows);
        const double step = 1e-5;
        for (var feature = 0; feature < 3; feature++)
        {
            var shift = zeros(3, dtype: float64);
            shift[feature] = step;
            var numeric = model.LogProb(rows.sub(shift)).sub(model.LogProb(rows.add(shift))).div(2 * step);
            Assert.IsTrue(numeric.allclose(gradient.select(1, feature), 1e-4, 1e-5));
        }
    }

    private static double Skewness(Tensor values)
    {
        var centered = values.sub(values.mean());
        return (centered.pow(3).mean() / centered.square().mean().pow(1.5)).item<double>();
    }
}
