using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>All estimators on flows that are not their targets, against exact values.</summary>
[TestClass]
public sealed class EstimationTests
{
    private const double Temperature = 8;

    /// <summary>Every estimator, by the means it gives and whether it trusts them.</summary>
    private static readonly Dictionary<string, Func<MongeAmpereFlow, IsingEnergy, Generator, IReadOnlyDictionary<string, Func<Tensor, Tensor>>, Outcome>> _estimators = new()
    {
        ["importance weights"] = (flow, energy, generator, observables) =>
            Outcome.Of(new ImportanceSampler(flow, energy).Run(new() { Samples = 20_000, BatchSize = 500 }, generator, observables)),
        ["Metropolis"] = (flow, energy, generator, observables) =>
            Outcome.Of(new LatentChainSampler(flow, energy).Run(new() { Transition = null, Steps = 400, TargetEffectiveSamples = 3000 }, generator, observables)),
        ["Metropolis with local moves"] = (flow, energy, generator, observables) =>
        {
            using var local = new MongeAmpereFlow(RidgePotential.AtRest(ones(1, 9, dtype: float64), Activation.LogCosh, generator, 1, ScalarType.Float64), new() { Depth = 1 });
            return Outcome.Of(new LatentChainSampler(flow, energy).Run(
                new() { LocalFlow = local, LocalMoves = 2, Steps = 200, TargetEffectiveSamples = 3000 }, generator, observables));
        },
        ["latent hybrid Monte Carlo"] = (flow, energy, generator, observables) =>
            Outcome.Of(new LatentChainSampler(flow, energy).Run(
                new() { ProposesFreshSamples = false, Steps = 300, TargetEffectiveSamples = 3000 }, generator, observables)),
        ["latent hybrid Monte Carlo with fresh samples"] = (flow, energy, generator, observables) =>
            Outcome.Of(new LatentChainSampler(flow, energy).Run(new() { Steps = 300, TargetEffectiveSamples = 3000 }, generator, observables)),
        ["latent Crank-Nicolson"] = (flow, energy, generator, observables) =>
            Outcome.Of(new LatentChainSampler(flow, energy).Run(
                new() { Transition = LatentTransition.CrankNicolson(), ProposesFreshSamples = false, Steps = 600, TargetEffectiveSamples = 3000 }, generator, observables)),
        ["annealing by hybrid Monte Carlo"] = (flow, energy, generator, observables) =>
            Outcome.Of(new AnnealedImportanceSampler(flow, energy).Run(new() { Particles = 200 }, generator, observables)),
        ["annealing by Crank-Nicolson"] = (flow, energy, generator, observables) =>
            Outcome.Of(new AnnealedImportanceSampler(flow, energy).Run(new() { Particles = 200, Transition = LatentTransition.CrankNicolson() }, generator, observables)),
        ["clusters"] = (_, energy, generator, observables) =>
            Outcome.Of(new IsingClusterSampler(energy).Run(new() { TargetEffectiveSamples = 3000 }, generator, observables)),
    };

    public static IEnumerable<object[]> Names => _estimators.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void EveryEstimatorGivesTheExactValues(string name)
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(energy);
        var observables = new IsingObservables(energy);
        using var generator = new Generator(1);
        var outcome = _estimators[name](flow, energy, generator, observables.Functions(generator));
        Assert.IsEmpty(outcome.Estimate.Problems, string.Join("; ", outcome.Estimate.Problems));
        var exact = Spins.Means(energy);
        foreach (var (observable, estimate) in outcome.Estimate.Observables)
        {
            Assert.AreEqual(exact[observable], estimate.Value, 4 * estimate.StandardError, $"{observable}: {estimate}");
            Near.IsBelow(0.06 * Math.Abs(exact[observable]), estimate.StandardError, observable);
        }

        var binder = IsingObservables.BinderCumulant(outcome.Estimate);
        Assert.AreEqual(1 - (exact["m⁴"] / (3 * exact["m²"] * exact["m²"])), binder.Value, 4 * binder.StandardError, $"Binder: {binder}");
        var heat = observables.SpecificHeat(outcome.Estimate);
        Assert.AreEqual(energy.ExactThermodynamics()!.SpecificHeat, heat.Value, 4 * heat.StandardError, $"Specific heat: {heat}");
        var length = observables.CorrelationLength(outcome.Estimate);
        var wave = 2 * Math.Sin(Math.PI / 3);
        Assert.AreEqual(Math.Sqrt((9 * exact["m²"] / exact["S(k)"]) - 1) / wave, length.Value, 4 * length.StandardError, $"Correlation length: {length}");
        if (outcome.LogPartition is { } logPartition)
        {
            Assert.AreEqual(energy.ExactLogPartition()!.Value, logPartition.Value, 4 * logPartition.StandardError);
            Near.IsBelow(0.02, logPartition.StandardError);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void EveryEstimatorLeavesNothingBehindAndStopsWhenAsked(string name)
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(energy);
        var few = new ChainOptions { Chains = 4, Warmup = 2, Steps = 9 };
        var transition = name.Contains("Crank") ? LatentTransition.CrankNicolson() : LatentTransition.Hamiltonian();
        var (local, moves) = name.Contains("local") ? (flow, transition) : (null, null);
        var independence = new LatentChainOptions { Chains = 4, Warmup = 2, Steps = 9, Transition = moves, LocalFlow = local };
        var latent = new LatentChainOptions { Chains = 4, Warmup = 2, Steps = 9, Transition = transition };
        var annealing = new AnnealingOptions { Particles = 16, Repeats = 4, ResamplingFraction = 1, Transition = transition };
        var observables = new Dictionary<string, Func<Tensor, Tensor>> { ["m²"] = energy.MagnetizationSquared };
        void Sample(CancellationToken token)
        {
            using var generator = new Generator(6);
            switch (name.Split(' ')[0])
            {
                case "importance": new ImportanceSampler(flow, energy).Run(new() { Samples = 100 }, generator, observables, null, token); break;
                case "Metropolis": new LatentChainSampler(flow, energy).Run(independence, generator, observables, null, token); break;
                case "latent": new LatentChainSampler(flow, energy).Run(latent, generator, observables, null, token); break;
                case "annealing": new AnnealedImportanceSampler(flow, energy).Run(annealing, generator, observables, null, token); break;
                default: new IsingClusterSampler(energy).Run(few, generator, observables, null, token); break;
            }
        }

        Leaks.AssertNone(() =>
        {
            Sample(default);
            return [];
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => Sample(new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void ParetoShapeIsThatOfTheDistribution()
    {
        using var scope = NewDisposeScope();
        foreach (var shape in new[] { 0.3, 0.8, 1.5 })
        {
            // Weights u^-k have a Pareto tail of shape k.
            var logs = Draw.Uniform(4, 20_000).log().mul(-shape).data<double>().ToArray();
            // Three standard errors (1 + k) / √tail of a tail of 425 weights.
            Assert.AreEqual(shape, ParetoTail.Shape(logs), 3 * (1 + shape) / Math.Sqrt(425));
        }

        Assert.AreEqual(double.NegativeInfinity, ParetoTail.Shape(new double[100]));
        Assert.ThrowsExactly<ArgumentException>(() => ParetoTail.Shape([1, 2]));
    }

    [TestMethod]
    public void SamplingStopsAtItsTargetOrItsTime()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(energy);
        using var generator = new Generator(7);
        var precise = new ImportanceSampler(flow, energy).Run(new() { Samples = 100_000, TargetError = 0.03 }, generator);
        Assert.IsTrue(precise.Samples < 10_000 && precise.LogPartition.StandardError <= 0.03 && precise.IsReliable);
        Near.IsBelow(200, new ImportanceSampler(flow, energy).Run(new() { Samples = 100_000, TimeLimit = TimeSpan.Zero }, generator).Samples);
        var observables = new Dictionary<string, Func<Tensor, Tensor>> { ["m²"] = energy.MagnetizationSquared };
        var clusters = new IsingClusterSampler(energy);
        Assert.IsGreaterThan(300, clusters.Run(new() { TargetErrors = new Dictionary<string, double> { ["m²"] = 1e-3 } }, generator, observables).Steps);
        Assert.AreEqual(8, clusters.Run(new() { TimeLimit = TimeSpan.Zero }, generator, observables).Steps);
        Assert.AreEqual(40, clusters.Run(new() { Steps = 40, TargetEffectiveSamples = double.PositiveInfinity }, generator).Steps);
        Assert.HasCount(4, new AnnealedImportanceSampler(flow, energy).Run(new() { Particles = 16, TimeLimit = TimeSpan.Zero }, generator).RepeatLogPartitions);
        Assert.ThrowsExactly<ArgumentException>(() => clusters.Run(new() { TargetErrors = new Dictionary<string, double> { ["m"] = 1 } }, generator, observables));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => clusters.Run(new() { Chains = 3 }, generator));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImportanceSampler(flow, energy).Run(new() { Samples = 10 }, generator));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new AnnealedImportanceSampler(flow, energy).Run(new() { Repeats = 1 }, generator));
    }

    [TestMethod]
    public void WeightsThatAreNoNumbersAreRefused()
    {
        using var energy = new DelegateEnergy(9, x => x.sum([1L]).div(0).neg());
        using var ising = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(ising);
        using var generator = new Generator(8);
        Assert.ThrowsExactly<InvalidOperationException>(() => new ImportanceSampler(flow, energy).Run(new(), generator));
        Assert.ThrowsExactly<InvalidOperationException>(() => new LatentChainSampler(flow, energy).Run(new() { Transition = null }, generator));
    }

    /// <summary>
    /// At rest and with a Gaussian map between the coupling's and the mean-field one: not the target, but near it at high temperature.
    /// </summary>
    internal static MongeAmpereFlow GaussianFlow(IsingEnergy energy)
    {
        using var generator = new Generator(1);
        var map = new CirculantGaussianMap(energy.Lattice!, [.. energy.Spectrum.Select(value => 1 / Math.Sqrt((1 / value) - 0.5))], ScalarType.Float64);
        return new(LatticeRidgePotential.AtRest(energy.Lattice!, 1, generator, dtype: ScalarType.Float64), new() { Horizon = 1, Depth = 1 }, map);
    }

    private sealed record Outcome(Estimate? LogPartition, TargetEstimate Estimate)
    {
        public static Outcome Of(TargetEstimate estimate) => new((estimate as PartitionEstimate)?.LogPartition, estimate);
    }
}
