using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Likelihood and kinetic energy together lead a flow to the optimal transport from N(0, 1) to a Gaussian.</summary>
/// <remarks>
/// Maps and densities are compared with closed forms by a quadrature, so that nothing is estimated from samples. The start takes detours.
/// Within a part of the horizon a linear velocity of fixed λ stretches exponentially, at (λT/K)²/12 more than the straight
/// line: 4% for a factor of 2 in one part, 0.3% in four.
/// A weight w draws the ends of the paths together: T ∫ E|∇φ|² dt falls by a share O(w), and the NLL rises
/// by O(w²), so w is lowered in stages.
/// </remarks>
[TestClass]
public sealed class OptimalTransportTests
{
    private const double Horizon = 2;
    private const int Parts = 4;
    private const int StepsPerStage = 200;
    private static readonly (double Weight, double Rate)[] _stages = [(0.3, 0.03), (0.03, 0.02), (0.012, 0.005)];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ShortestPathsAreLearntOnALine()
    {
        using var scope = NewDisposeScope();
        // W₂² = 1² + (2 - 1)².
        Check(tensor([1.0]), tensor(new[,] { { 4.0 } }), rows: 512, squaredDistance: 2, costTolerance: 0.02, nllTolerance: 0.01);
    }

    [TestMethod]
    public void ShortestPathsAreLearntInThePlane()
    {
        using var scope = NewDisposeScope();
        var (mean, covariance) = (tensor([1.0, -0.5]), tensor(new[,] { { 2.5, 0.8 }, { 0.8, 0.6 } }));
        var squaredDistance = Gaussians.SquaredDistance(zeros(2, dtype: float64), eye(2, dtype: float64), mean, covariance);
        Check(mean, covariance, rows: 512, squaredDistance, costTolerance: 0.02, nllTolerance: 0.01);
    }

    [TestMethod]
    public void ShortestPathsAreLearntInTenDimensions()
    {
        using var scope = NewDisposeScope();
        var mean = linspace(-1, 1, 10, dtype: float64);
        var factor = eye(10, dtype: float64).add(Draw.Normal(5, 10, 10).tril(-1).mul(0.15));
        var covariance = factor.mm(factor.t());
        var squaredDistance = Gaussians.SquaredDistance(zeros(10, dtype: float64), eye(10, dtype: float64), mean, covariance);
        Check(mean, covariance, rows: 512, squaredDistance, costTolerance: 0.05, nllTolerance: 0.05);
    }

    [TestMethod]
    public void ShortestPathsAreLearntToACorrelatedGaussian()
    {
        using var scope = NewDisposeScope();
        var mean = tensor([1.0, -0.5, 0.5]);
        var factor = tensor(new[,] { { 1.6, 0.0, 0.0 }, { 0.9, 0.8, 0.0 }, { -0.5, 0.4, 0.7 } });
        var covariance = factor.mm(factor.t());
        var squaredDistance = Gaussians.SquaredDistance(zeros(3, dtype: float64), eye(3, dtype: float64), mean, covariance);
        Check(mean, covariance, rows: 1024, squaredDistance, costTolerance: 0.05, nllTolerance: 0.03);
    }

    private void Check(Tensor mean, Tensor covariance, int rows, double squaredDistance, double costTolerance, double nllTolerance)
    {
        var entropy = covariance.mul(2 * Math.PI * Math.E).logdet().item<double>() / 2;
        var data = Gaussians.StandardRows(rows, mean.shape[0]).mm(linalg.cholesky(covariance).t()).add(mean);
        var shortest = Train(withKineticEnergy: true);
        var free = Train(withKineticEnergy: false);

        Assert.AreEqual(1, shortest.Cost, costTolerance);
        Assert.AreEqual(0, shortest.NllGap, nllTolerance);
        Near.IsBelow(costTolerance / 5, shortest.MapError, "The map is that of Brenier.");
        if (mean.shape[0] <= 3)
        {
            // In ten dimensions its paths grow until one step a part does not integrate them.
            Assert.AreEqual(0, free.NllGap, nllTolerance, "The likelihood alone leads to the same density,");
        }

        Assert.IsGreaterThan(1.5, free.Cost, "but not by the shortest paths.");

        (double Cost, double NllGap, double MapError) Train(bool withKineticEnergy)
        {
            using var model = WastefulModel(mean.shape[0]);
            double? reported = null;
            foreach (var (weight, rate) in _stages)
            {
                var options = new DensityTrainerOptions
                {
                    MaxEpochs = StepsPerStage, BatchSize = rows, LearningRate = rate,
                    ValidationFraction = 0, AverageDecay = 0, DepthTolerance = null,
                    Objective = withKineticEnergy
                        ? Objective.MaximumLikelihood.Plus(Objective.KineticEnergy(weight))
                        : Objective.MaximumLikelihood,
                };
                var report = new DensityTrainer(options).Fit(model, data);
                Assert.AreEqual(model.Evaluate(data).MeanNll, report.History[^1].Loss, nllTolerance / 5, "What is reported is the likelihood.");
                reported = report.TransportCost;
            }

            var (cost, nll, error) = Measure(model, mean, covariance);
            var result = (Cost: cost / squaredDistance, NllGap: nll - entropy, MapError: error / squaredDistance);
            Assert.AreEqual(withKineticEnergy, reported is not null);
            // Of random samples.
            Assert.AreEqual(1, (reported ?? cost) / cost, 0.1);
            TestContext.WriteLine(FormattableString.Invariant(
                $"T∫E|∇φ|²dt / W₂² {result.Cost:F4}, NLL above the entropy by {result.NllGap:F5}, map error / W₂² {result.MapError:F5}"));
            return result;
        }
    }

    /// <summary>T ∫ E|∇φ|² dt, the mean NLL under the target, and the mean squared distance to z ↦ m + Σ^{1/2} z, by quadrature.</summary>
    private static (double Cost, double Nll, double Error) Measure(DensityModel model, Tensor mean, Tensor covariance)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (z, probabilities) = NormalQuadrature(mean.shape[0]);
        var x = z.mm(Gaussians.Root(covariance)).add(mean);
        // Much deeper than in training, which then cannot have exploited a coarse integration.
        var fine = model.At(8 * Parts);
        return (
            Horizon * fine.Flow.KineticEnergy(z).mul(probabilities).sum().item<double>(),
            fine.LogProb(x).neg().mul(probabilities).sum().item<double>(),
            fine.Decode(z).sub(x).square().sum([1L]).mul(probabilities).sum().item<double>());
    }

    /// <summary>A flow away from rest, whose parts have nothing to do with each other or with the target.</summary>
    private static DensityModel WastefulModel(long dimension)
    {
        const long Units = 8;
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, Parts).Select(k => (ulong)k).Select<ulong, Potential>(k => dimension > 3 ? new ParaboloidPotential(k, dimension) : new RidgePotential(
            Draw.Normal(10 + k, Units, dimension).mul(0.2), Draw.Normal(20 + k, Units), Draw.Normal(30 + k, Units).mul(3),
            Activation.Softplus));
        return new(new BijectionChain(), new MongeAmpereFlow(new PiecewisePotential(Horizon, [.. parts]), new() { Depth = Parts }));
    }

    /// <summary>Points and weights of the trapezoidal rule, which is exact to many digits under a normal density.</summary>
    private static (Tensor Points, Tensor Probabilities) NormalQuadrature(long dimension)
    {
        if (dimension > 3)
        {
            // A product of rules would have too many points; mean and covariance are exact, and the flow is affine.
            return (Gaussians.StandardRows(8192, dimension), full(8192, 1.0 / 8192, dtype: float64));
        }

        var axis = arange(-7, 8, dtype: float64).mul(0.75);
        var points = cartesian_prod([.. Enumerable.Repeat(axis, (int)dimension)]).view(-1, dimension);
        var density = points.square().sum([1L]).div(-2).exp();
        return (points, density.div(density.sum()));
    }

    /// <summary>φ = ½ xᵀAx + b·x with a symmetric A, away from rest: what Gaussians need, in any dimension.</summary>
    private sealed class ParaboloidPotential : Potential
    {
        public ParaboloidPotential(ulong seed, long dimension)
            : base("paraboloid", dimension)
        {
            register_parameter("half", new Parameter(Draw.Normal(10 + seed, dimension, dimension).mul(0.1).DetachFromDisposeScope()));
            register_parameter("slope", new Parameter(Draw.Normal(20 + seed, dimension).DetachFromDisposeScope()));
        }

        protected internal override Tensor Evaluate(Tensor x, double time) =>
            x.mul(x.mm(get_parameter("half")!)).sum([1L]).add(x.mv(get_parameter("slope")!));

        protected internal override (Tensor Gradient, Tensor Laplacian) Derivatives(
            Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
        {
            using var scope = NewDisposeScope();
            var half = get_parameter("half")!;
            var gradient = x.mm(half.add(half.t())).add(get_parameter("slope")!);
            return (gradient.MoveToOuterDisposeScope(), half.trace().mul(2).expand(x.shape[0]).clone().MoveToOuterDisposeScope());
        }
    }
}
