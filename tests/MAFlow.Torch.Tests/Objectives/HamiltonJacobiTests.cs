using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The acceleration along the paths, against closed forms: it vanishes for the geodesics of W₂.</summary>
/// <remarks>φ = ½ λ(t) |x|² with λ = k/(t + c) has x(t) = z ((t + c)/c)^k, and accelerates by (λ' + λ²) x. With k = 1 it is a geodesic between
/// Gaussians.</remarks>
[TestClass]
public sealed class HamiltonJacobiTests
{
    private const double Offset = 1.5;

    [TestMethod]
    public void GeodesicsBetweenGaussiansHaveNoResidual()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(new StretchingPotential(2, power: 1), new() { Horizon = 2, Depth = 32 });
        var report = TransportReport.Of(flow, 1000, generator);
        Near.IsBelow(1e-14, report.HamiltonJacobiResidual);
        Assert.AreEqual(0, report.Jumps);
        // z goes to z (T + c)/c.
        Assert.AreEqual(report.SquaredDistance, report.TransportCost, 1e-7 * report.TransportCost);
        Assert.AreEqual(2 * Math.Pow(2 / Offset, 2), report.TransportCost, 0.3);
    }

    [TestMethod]
    public void TheResidualOfAnotherPathIsThatOfTheFormula()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // With k = 2 the acceleration is 2 z/c², the velocity 2 z (t + c)/c².
        using var flow = new MongeAmpereFlow(new StretchingPotential(2, power: 2), new() { Horizon = 2, Depth = 32 });
        var z = Draw.Normal(1, 6, 2);
        var exact = z.square().sum([1L]).mul(2 * 4 * Math.Pow(Offset, -4));
        Near.Assert(exact.mul(3), Objective.HamiltonJacobiResidual(3).Evaluate(new(flow, z, isData: false, 1, seed: 1)).Values, 1e-4);
        var x = flow.At(400).Decode(z).X.detach();
        Near.Assert(exact, Objective.HamiltonJacobiResidual().Evaluate(new(flow, x, isData: true, 1, seed: 1)).Values, 1e-4);
        var report = TransportReport.Of(flow, 100, generator);
        Assert.AreEqual(4 * 2 * 3 / (Math.Pow(2 + Offset, 3) - Math.Pow(Offset, 3)), report.HamiltonJacobiResidual, 1e-5);
        Near.IsBelow(report.TransportCost, report.SquaredDistance);
    }

    [TestMethod]
    public void JumpsOfTheVelocityAreReportedApart()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        const double First = 0.4, Second = -0.2;
        using var flow = new MongeAmpereFlow(
            new PiecewisePotential(1, [new QuadraticPotential(2, First), new QuadraticPotential(2, Second)]), new() { Depth = 32 });
        var report = TransportReport.Of(flow, 700, generator);
        // Per |z|²: |x|² is e^{2λt}, the kinetic energy of a half (λ/2) (e^λ - 1), the integral of the squared acceleration λ² times as much.
        var middle = Math.Exp(First);
        var (first, second) = (First / 2 * (middle - 1), middle * Second / 2 * (Math.Exp(Second) - 1));
        Assert.AreEqual((First - Second) * (First - Second) * middle / (first + second), report.Jumps, 1e-6);
        Assert.AreEqual(((First * First * first) + (Second * Second * second)) / (first + second), report.HamiltonJacobiResidual, 1e-6);
    }

    [TestMethod]
    public void TheAccelerationOfARidgeIsThatOfTheFormulaAlsoAtTheEndsOfAPiece()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        const int Knots = 4;
        using var potential = PotentialFamilies.TimeRidge(Activation.Softplus, 5, Knots);
        Tensor Parameter(string name) => potential.get_parameter(name)!;
        var (x, weight) = (Draw.Normal(2, 6, 3), Parameter("weight"));
        foreach (var share in new[] { 0, 0.3, 1 })
        {
            var (a, b) = (Between(Parameter("amplitude")[1], Parameter("amplitude")[2], share), Between(Parameter("bias")[1], Parameter("bias")[2], share));
            Tensor Rate(string name) => Parameter(name)[2].sub(Parameter(name)[1]).mul(Knots - 1);
            var s = x.mm(weight.t()).add(b).sigmoid();
            var velocity = s.mul(a).mm(weight);
            // dy/dt along the path is w·v + db/dt.
            var exact = s.mul(Rate("amplitude")).add(s.mul(s.neg().add(1)).mul(a).mul(velocity.mm(weight.t()).add(Rate("bias")))).mm(weight);
            foreach (var piece in new TimeGrid[] { new(1.0 / 3, 2.0 / 3, 2), new(2.0 / 3, 1.0 / 3, 2) })
            {
                var field = new AccelerationField(potential, piece);
                var time = (1 + share) / 3;
                Near.Assert(velocity, field.Velocity(x, time), 1e-11);
                Near.Assert(exact, field.Acceleration(x, field.Velocity(x, time), time), 1e-8);
            }
        }

        static Tensor Between(Tensor start, Tensor end, double share) => start.mul(1 - share).add(end, alpha: share);
    }

    [TestMethod]
    [DataRow("time ridge softplus", true)]
    [DataRow("time ridge ln cosh, between two knots", false)]
    [DataRow("piecewise ridge", true)]
    [DataRow("value of a ridge", true)]
    public void GradientsAgreeWithDifferences(string family, bool isData)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 3 });
        var points = Draw.Normal(2, 3, 3);
        foreach (var recompute in new[] { false, true })
        {
            flow.NamedParameters().ToList().ForEach(parameter => parameter.Parameter.grad = null);
            Loss().backward();
            foreach (var (name, parameter) in flow.NamedParameters())
            {
                using var inner = NewDisposeScope();
                var numeric = FiniteDifferences.OfParameter(() => Loss().item<double>(), parameter);
                Near.Assert(numeric, parameter.grad!, 1e-5 * Math.Max(1, numeric.abs().max().item<double>()), name);
            }

            Tensor Loss()
            {
                using var _ = enable_grad();
                return Objective.HamiltonJacobiResidual().Evaluate(new(flow.With(flow.Options with { Recompute = recompute }), points, isData, 1, seed: 1)).Loss;
            }
        }
    }

    /// <summary>The likelihood of a Gaussian does not say how its points are to move; the residual does.</summary>
    [TestMethod]
    public void WithTheResidualAGaussianIsReachedOnAGeodesic()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = Gaussians.StandardRows(64, 2).mul(2);
        var (free, straight) = (Fit(Objective.MaximumLikelihood), Fit(Objective.MaximumLikelihood.Plus(Objective.HamiltonJacobiResidual(1))));
        Assert.IsGreaterThan(0.05, free.HamiltonJacobiResidual);
        Near.IsBelow(free.HamiltonJacobiResidual / 20, straight.HamiltonJacobiResidual);
        Assert.AreEqual(straight.SquaredDistance, straight.TransportCost, 0.01 * straight.TransportCost);

        TransportReport Fit(Objective objective)
        {
            using var model = new DensityModel(new BijectionChain(), new MongeAmpereFlow(new StretchingPotential(2, power: 2), new() { Horizon = 1, Depth = 2 }));
            new DensityTrainer(new()
            {
                MaxEpochs = 400, BatchSize = 64, LearningRate = 0.05, ValidationFraction = 0, AverageDecay = 0, DepthTolerance = null, Objective = objective,
            }).Fit(model, data);
            Assert.AreEqual(Math.Log(4) + Math.Log(2 * Math.PI * Math.E), model.Evaluate(data).MeanNll, 0.01);
            return TransportReport.Of(model.Flow, 2000, generator);
        }
    }

    [TestMethod]
    public void TheReportFollowsSampledElementsContextsAndManyRows()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var sampled = new MongeAmpereFlow(SymmetricPotentials.Sampled(3), new() { Horizon = 1, Depth = 10 });
        var report = TransportReport.Of(sampled, 1100, generator);
        Near.IsBelow(report.TransportCost, report.SquaredDistance);
        Assert.IsGreaterThan(1e-3, report.Jumps);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TransportReport.Of(sampled, 0, generator));
        using var still = new MongeAmpereFlow(new ConstantPotential(2), new() { Horizon = 1, Depth = 2 });
        Assert.AreEqual(new TransportReport(0, 0, 0, 0), TransportReport.Of(still, 3, generator));
    }

    [TestMethod]
    public void TensorsAreFreed()
    {
        using var flow = new MongeAmpereFlow(PotentialFamilies.TimeRidge(Activation.Softplus, 5, knots: 3), new() { Depth = 2 });
        using var generator = new Generator(1);
        using var x = Draw.Normal(1, 5, 3);
        Leaks.AssertNone(() => TransportReport.Of(flow, 10, generator).TransportCost > 0 ? [] : throw new InvalidOperationException());
        Leaks.AssertNone(() => Objective.HamiltonJacobiResidual().Evaluate(new(flow, x, isData: true, 1, seed: 1)) is var value ? [value.Loss, value.Values] : []);
    }

    /// <summary>φ = ½ k/(t + c) |x|² + sin t with trainable k and c; the last term, which moves nothing, must not count.</summary>
    private sealed class StretchingPotential : Potential
    {
        public StretchingPotential(long dimension, double power)
            : base("stretching", dimension)
        {
            register_parameter("power", new Parameter(tensor(power, float64)));
            register_parameter("offset", new Parameter(tensor(Offset, float64)));
        }

        protected internal override Tensor Evaluate(Tensor x, double time)
        {
            using var scope = NewDisposeScope();
            var rate = get_parameter("power")!.div(get_parameter("offset")!.add(time));
            return x.square().sum([1L]).mul(rate).div(2).add(Math.Sin(time)).MoveToOuterDisposeScope();
        }
    }
}
