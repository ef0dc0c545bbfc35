using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The gradients that a variational training may follow: each against differences or against the others.</summary>
[TestClass]
public sealed class VariationalLossTests
{
    private static readonly Lattice _torus = new(Boundary.Periodic, 2, 3);

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.7)]
    public void GradientsAgreeWithFiniteDifferences(double forceWeight)
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(_torus, 2.5);
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(
            LatticeRidgePotentialTests.RandomPotential(_torus, generator), new() { Horizon = 1, Depth = 3 }, CirculantGaussianMap.For(energy, ScalarType.Float64));
        Check(flow, forceWeight > 0 ? Objective.FreeEnergy(energy).Plus(Objective.ForceMatching(energy, forceWeight)) : Objective.FreeEnergy(energy));
    }

    [TestMethod]
    [DataRow("ridge softplus, narrow")]
    [DataRow("ridge ln cosh, wide")]
    [DataRow("deep sets, ln cosh")]
    [DataRow("ridge averaged over signs")]
    [DataRow("ridge under a sampled element")]
    [DataRow("value of a ridge")]
    public void ForceMatchingDifferentiatesPotentialsTwice(string family)
    {
        using var scope = NewDisposeScope();
        using var energy = new GaussianEnergy(zeros(3, dtype: float64), eye(3, dtype: float64).mul(1.7));
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 2 });
        Check(flow, Objective.FreeEnergy(energy).Plus(Objective.ForceMatching(energy)));
    }

    [TestMethod]
    public void TheForceTermIsTheSquaredDistanceOfTheScores()
    {
        using var scope = NewDisposeScope();
        // φ = λ|x|²/2 carries N(0, 1) to N(0, e^{2λT}): the score is -x e^{-2λT}.
        using var flow = new MongeAmpereFlow(new QuadraticPotential(2, 0.3), new() { Horizon = 1, Depth = 60 });
        using var energy = new GaussianEnergy(zeros(2, dtype: float64), eye(2, dtype: float64));
        var z = Draw.Normal(3, 5, 2);
        var with = Value(flow, Objective.FreeEnergy(energy).Plus(Objective.ForceMatching(energy)), z, 0.5);
        var without = Value(flow, Objective.FreeEnergy(energy), z, 0.5);
        var x = z.mul(Math.Exp(0.3));
        Near.Assert(x.mul(0.5 - Math.Exp(-0.6)).square().sum([1L]).mean(), with.sub(without), 1e-8);
    }

    [TestMethod]
    public void ForcesVanishWhereTheFinalMapAloneIsTheTarget()
    {
        using var scope = NewDisposeScope();
        using var field = new Phi4Energy(_torus, 0.15, 0);
        var deviations = _torus.AdjacencyEigenvalues().Select(value => 1 / Math.Sqrt(2 - (0.3 * value)));
        using var flow = new MongeAmpereFlow(
            new LatticeRidgePotential(_torus, ones([1, 6], dtype: float64), zeros(1, dtype: float64)), new() { Horizon = 1, Depth = 2 }, new CirculantGaussianMap(_torus, [.. deviations], ScalarType.Float64));
        var z = Draw.Normal(3, 5, 6);
        var with = Value(flow, Objective.FreeEnergy(field).Plus(Objective.ForceMatching(field)), z, 1);
        var without = Value(flow, Objective.FreeEnergy(field), z, 1);
        Near.Assert(without, with, 1e-12);
        Near.Assert(tensor(-field.ExactLogPartition()!.Value, float64), without, 1e-12);
    }

    [TestMethod]
    public void ThePathGradientHasTheSameMeanAndNoSpreadAtTheTarget()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(new QuadraticPotential(2, 0.3), new() { Horizon = 1, Depth = 20 });
        using var target = new GaussianEnergy(zeros(2, dtype: float64), eye(2, dtype: float64).mul(Math.Exp(0.6)));
        using var other = new GaussianEnergy(zeros(2, dtype: float64), eye(2, dtype: float64));
        var z = Draw.Normal(3, 20_000, 2);
        Assert.AreEqual(0, Gradient(flow, Objective.FreeEnergy(target, pathGradient: true), z.narrow(0, 0, 3)), 1e-5);
        Assert.IsGreaterThan(1e-2, Math.Abs(Gradient(flow, Objective.FreeEnergy(target), z.narrow(0, 0, 3))));
        // d/dλ of E[ln p + |x|²/2] = -2λ + e^{2λ} in two dimensions: -2 + 2 e^{2λ}.
        var exact = -2 + (2 * Math.Exp(0.6));
        Assert.AreEqual(exact, Gradient(flow, Objective.FreeEnergy(other), z), 0.08);
        Assert.AreEqual(exact, Gradient(flow, Objective.FreeEnergy(other, pathGradient: true), z), 0.08);
    }

    [TestMethod]
    public void TheJeffreysDivergenceHasBothDirectionsByOneGradient()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(new QuadraticPotential(2, 0.3), new() { Horizon = 1, Depth = 20 });
        using var target = new GaussianEnergy(zeros(2, dtype: float64), eye(2, dtype: float64).mul(Math.Exp(0.6)));
        using var other = new GaussianEnergy(zeros(2, dtype: float64), eye(2, dtype: float64));
        var z = Draw.Normal(3, 20_000, 2);
        foreach (var share in new[] { 0, 0.4, 1 })
        {
            Assert.AreEqual(0, Gradient(flow, Objective.JeffreysDivergence(target, share), z.narrow(0, 0, 3)), 1e-5);
            // Widths e^λ and 1 in two dimensions: KL(p | p*) = e^{2λ} - 1 - 2λ, KL(p* | p) = e^{-2λ} - 1 + 2λ.
            var (backward, forward) = (-2 + (2 * Math.Exp(0.6)), 2 - (2 * Math.Exp(-0.6)));
            Assert.AreEqual(((1 - share) * backward) + (share * forward), Gradient(flow, Objective.JeffreysDivergence(other, share), z), 0.05);
        }

        Assert.AreEqual(
            Gradient(flow, Objective.FreeEnergy(other, pathGradient: true), z), Gradient(flow, Objective.JeffreysDivergence(other, 0), z), 1e-9);
    }

    [TestMethod]
    public void WeightsThatAreTooUnevenAreTempered()
    {
        using var scope = NewDisposeScope();
        static double Share(Tensor weights) => 1 / (weights.shape[0] * weights.square().sum().item<double>());
        var even = Draw.Normal(1, 400).mul(0.5);
        Near.Assert(even.softmax(0), JeffreysDivergence.Tempered(even).Weights, 1e-12);
        Assert.AreEqual(1, JeffreysDivergence.Tempered(even).Exponent);
        foreach (var spread in new[] { 2.0, 20, 5_000 })
        {
            var (weights, exponent) = JeffreysDivergence.Tempered(Draw.Normal(1, 400).mul(spread));
            Assert.IsInRange(0, 1 / spread, exponent);
            Assert.AreEqual(1, weights.sum().item<double>(), 1e-9);
            Assert.IsInRange(0.5, 1, Share(weights));
        }

        var (all, none) = JeffreysDivergence.Tempered(tensor(new[] { 0.0, -1e9, -2e9 }));
        Near.Assert(full([3], 1.0 / 3, dtype: float64), all, 1e-9);
        Assert.AreEqual(0, none);
    }

    [TestMethod]
    public void ManySmallBatchesAreOneLargeBatch()
    {
        using var energy = new IsingEnergy(_torus, 2.5);
        var options = new VariationalTrainerOptions { Steps = 8, BatchSize = 32, MeasureEverySteps = 4, MeasureSamples = 32, FinalSamples = 32 };
        foreach (var objective in new[] { null, Objective.FreeEnergy(energy, pathGradient: true) })
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(1);
            using var large = new MongeAmpereFlow(LatticeRidgePotentialTests.RandomPotential(_torus, generator), new() { Horizon = 1, Depth = 3 });
            using var small = new MongeAmpereFlow(
                new LatticeRidgePotential(_torus, ((LatticeRidgePotential)large.Potential).Weight, ((LatticeRidgePotential)large.Potential).Amplitude), large.Options);
            var (once, summed) = (new Recorder(), new Recorder());
            var expected = new VariationalTrainer(options with { Objective = objective }).Fit(large, energy, once);
            var actual = new VariationalTrainer(options with { Objective = objective, BatchSize = 8, AccumulateBatches = 4 }).Fit(small, energy, summed);
            // Adam forgives a gradient of another length, so the lengths are compared themselves.
            foreach (var (left, right) in once.Steps.Zip(summed.Steps))
            {
                Assert.AreEqual(left.GradientNorm, right.GradientNorm, 1e-9 * left.GradientNorm);
                Assert.AreEqual(left.Current.Loss, right.Current.Loss, 1e-10);
                Assert.AreEqual(left.Deviation, right.Deviation, 1e-10);
            }

            foreach (var (left, right) in large.Potential.parameters().Zip(small.Potential.parameters()))
            {
                Near.Assert(left, right, 1e-11);
            }

            Assert.AreEqual(expected.FreeEnergy!.FreeEnergy, actual.FreeEnergy!.FreeEnergy, 1e-10);
        }
    }

    [TestMethod]
    [DataRow(false, 0.0)]
    [DataRow(true, 0.0)]
    [DataRow(false, 0.5)]
    public void StepsLeaveNothingBehind(bool path, double forceWeight)
    {
        using var energy = new IsingEnergy(_torus, 2.5);
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(LatticeRidgePotentialTests.RandomPotential(_torus, generator), new() { Horizon = 1, Depth = 3 });
        var objective = Objective.FreeEnergy(energy, path);
        objective = forceWeight > 0 ? objective.Plus(Objective.ForceMatching(energy, forceWeight)) : objective;
        using var z = Draw.Normal(1, 4, 6);
        void Step()
        {
            using var scope = NewDisposeScope();
            var batch = Batch(flow, z, 1);
            objective.Evaluate(batch).Loss.backward();
            batch.Release();
            foreach (var parameter in flow.Potential.parameters())
            {
                parameter.grad = null;
            }
        }

        Step();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static double Gradient(MongeAmpereFlow flow, Objective objective, Tensor z)
    {
        flow.Potential.zero_grad();
        Value(flow, objective, z, 1).backward();
        return flow.Potential.parameters().Single().grad!.item<double>();
    }

    private static void Check(MongeAmpereFlow flow, Objective objective)
    {
        var z = Draw.Normal(8, 4, flow.Dimension);
        Value(flow, objective, z, 0.8).backward();
        foreach (var (name, parameter) in flow.NamedParameters())
        {
            using var inner = NewDisposeScope();
            var numeric = FiniteDifferences.OfParameter(Number, parameter);
            Near.Assert(numeric, parameter.grad is { } gradient ? gradient : zeros_like(parameter), 1e-6 * Math.Max(1, numeric.abs().max().item<double>()), name);
        }

        double Number()
        {
            using var inner = NewDisposeScope();
            using var _ = enable_grad();
            return Value(flow, objective, z, 0.8).item<double>();
        }
    }

    private static ObjectiveBatch Batch(MongeAmpereFlow flow, Tensor z, double beta) => new(flow, z, isData: false, beta, seed: 1);

    private static Tensor Value(MongeAmpereFlow flow, Objective objective, Tensor z, double beta) => objective.Evaluate(Batch(flow, z, beta)).Loss;

    private sealed class Recorder : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Steps { get; } = [];

        public void Report(TrainingProgress value) => Steps.Add(value);
    }
}
