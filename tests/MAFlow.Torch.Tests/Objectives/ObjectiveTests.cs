using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Objectives state what they differentiate and report, share one solve, and refuse points of the wrong kind.</summary>
[TestClass]
public sealed class ObjectiveTests
{
    [TestMethod]
    public void IdentitiesStateWhatDeterminesAnObjective()
    {
        using var energy = new RingEnergy();
        var all = new[]
        {
            Objective.MaximumLikelihood, Objective.MaximumLikelihood.Times(2), Objective.FreeEnergy(energy), Objective.FreeEnergy(energy, pathGradient: true),
            Objective.JeffreysDivergence(energy), Objective.JeffreysDivergence(energy, 0.5),
            Objective.ForceMatching(energy, 0.25), Objective.KineticEnergy(0.25), Objective.KineticEnergy(0.5), Objective.MaximumLikelihood.Plus(Objective.KineticEnergy(0.5)),
            Objective.HamiltonJacobiResidual(0.25), Objective.HamiltonJacobiResidual(0.5),
            Objective.SinkhornDivergence(0.5), Objective.SinkhornDivergence(0.25), Objective.SinkhornDivergence(0.25).Times(0.5),
            Objective.TrimmedLikelihood(0.1), Objective.TrimmedLikelihood(0.2),
        };
        Assert.HasCount(all.Length, all.Select(objective => objective.Identity).Distinct().ToList());
        Assert.AreEqual("(maximum likelihood) + (0.25 · (1 kinetic energy))", Objective.MaximumLikelihood.Plus(Objective.KineticEnergy().Times(0.25)).Identity);
    }

    [TestMethod]
    public void ASumDifferentiatesBothReportsTheFirstAndSolvesOnce()
    {
        using var scope = NewDisposeScope();
        var solves = 0;
        using var flow = new MongeAmpereFlow(
            new ObservedPotential(PotentialFamilies.Ridge(Activation.Softplus, 4)) { OnSolve = _ => solves++ }, new() { Horizon = 1, Depth = 3 });
        var x = Draw.Normal(1, 5, 3);
        var batch = new ObjectiveBatch(flow, x, isData: true, 1, seed: 3);
        var sum = Objective.MaximumLikelihood.Plus(Objective.MaximumLikelihood.Times(0.5)).Evaluate(batch);
        Assert.AreEqual(1, solves);
        var nll = flow.LogProb(x).neg();
        Near.Assert(nll.mean().mul(1.5), sum.Loss, 1e-12);
        Near.Assert(nll, sum.Values, 1e-12);
        Assert.IsFalse(sum.Values.requires_grad);
        batch.Release();
    }

    [TestMethod]
    public void LikelihoodAndKineticEnergyComeFromOneSolve()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 4), new() { Horizon = 1, Depth = 3 });
        var sum = Objective.MaximumLikelihood.Plus(Objective.KineticEnergy(0.1));
        Assert.IsTrue(sum.NeedsKineticEnergy);
        var batch = new ObjectiveBatch(flow, Draw.Normal(1, 5, 3), isData: true, 1, seed: 3, sum.NeedsKineticEnergy);
        sum.Evaluate(batch);
        var (before, kinetic) = (batch.Encoded.Z, batch.KineticEnergy);
        Assert.AreSame(before, batch.Encoded.Z);
        Assert.IsFalse(before.IsInvalid, "What the first objective solved outlives its scope.");
        Assert.IsTrue(kinetic.gt(0).all().item<bool>());
        batch.Release();
        Assert.IsTrue(before.IsInvalid);
    }

    [TestMethod]
    public void TheKineticEnergyOfAnExpansionIsThatOfTheFormula()
    {
        using var scope = NewDisposeScope();
        // φ = λ|x|²/2: x(t) = z e^{λt}, so that ∫ λ²|x|² dt = λ|z|² (e^{2λT} - 1)/2.
        const double Rate = 0.4;
        using var flow = new MongeAmpereFlow(new QuadraticPotential(2, Rate), new() { Horizon = 1.5, Depth = 40 });
        var z = Draw.Normal(1, 6, 2);
        var exact = z.square().sum([1L]).mul(Rate * (Math.Exp(2 * Rate * 1.5) - 1) / 2);
        Near.Assert(exact, new ObjectiveBatch(flow, z, isData: false, 1, seed: 1).KineticEnergy, 1e-7);
        Near.Assert(exact, new ObjectiveBatch(flow, z.mul(Math.Exp(Rate * 1.5)), isData: true, 1, seed: 1).KineticEnergy, 1e-6);
        Near.Assert(exact.mul(3), Objective.KineticEnergy(3).Evaluate(new(flow, z, isData: false, 1, seed: 1)).Values, 1e-6);
    }

    [TestMethod]
    [DataRow("ridge softplus, narrow", true)]
    [DataRow("ridge softplus, narrow", false)]
    [DataRow("ridge softplus, wide", true)]
    [DataRow("ridge ln cosh, wide", false)]
    [DataRow("piecewise ridge", true)]
    [DataRow("piecewise ridge", false)]
    public void GradientsOfLikelihoodAndKineticEnergyAgreeWithDifferences(string family, bool isData)
    {
        using var scope = NewDisposeScope();
        using var energy = new GaussianEnergy(zeros(3, dtype: float64), eye(3, dtype: float64).mul(1.7));
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 3 });
        var objective = (isData ? Objective.MaximumLikelihood : Objective.FreeEnergy(energy)).Plus(Objective.KineticEnergy(0.3));
        var points = Draw.Normal(2, 4, 3);
        Loss().backward();
        foreach (var (name, parameter) in flow.NamedParameters())
        {
            using var inner = NewDisposeScope();
            var numeric = FiniteDifferences.OfParameter(() => Loss().item<double>(), parameter);
            Near.Assert(numeric, parameter.grad!, 1e-6 * Math.Max(1, numeric.abs().max().item<double>()), name);
        }

        Tensor Loss()
        {
            using var _ = enable_grad();
            return objective.Evaluate(new(flow, points, isData, 1, seed: 1, needsKineticEnergy: true)).Loss;
        }
    }

    [TestMethod]
    public void PointsOfTheWrongKindAreRefusedWithWhatToUse()
    {
        using var scope = NewDisposeScope();
        using var energy = new RingEnergy();
        using var generator = new Generator(1);
        var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        string Density(Objective objective) => Assert.ThrowsExactly<InvalidOperationException>(() => new DensityTrainer(Toy.Short with { Objective = objective }).Fit(model, data)).Message;
        Assert.Contains("Expected latent codes, as VariationalTrainer gives them, for Objective.FreeEnergy, got data rows; use Objective.MaximumLikelihood here", Density(Objective.FreeEnergy(energy)));
        Assert.Contains("use Objective.MaximumLikelihood", Density(Objective.ForceMatching(energy)));
        using var flow = new MongeAmpereFlow(RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator), new() { Horizon = 1, Depth = 2 });
        var message = Assert.ThrowsExactly<InvalidOperationException>(() => new VariationalTrainer(new() { Steps = 1, Objective = Objective.MaximumLikelihood }).Fit(flow, energy)).Message;
        Assert.Contains("got latent codes; use Objective.FreeEnergy(energy) here", message);
    }

    [TestMethod]
    public void AllSolvesOfABatchSeeTheSameProbes()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(new ValueOnly(PotentialFamilies.Ridge(Activation.Softplus, 4)), new() { Horizon = 1, Depth = 3, Laplacian = new HutchinsonLaplacian() });
        var x = Draw.Normal(1, 5, 3);
        var (first, second, other) = (Solve(7), Solve(7), Solve(8));
        Near.AssertBitEqual(first, second);
        Assert.IsGreaterThan(1e-6, Near.Difference(first, other));
        Tensor Solve(ulong seed) => new ObjectiveBatch(flow, x, isData: true, 1, seed).Encoded.LogProb;
    }
}
