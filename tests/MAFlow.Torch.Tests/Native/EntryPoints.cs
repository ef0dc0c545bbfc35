using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What a program can begin with before anything else has loaded libtorch: every public member that asks for no tensor and no generator.</summary>
internal static class EntryPoints
{
    /// <summary>Those that need libtorch, and then TorchSharp's own, after which its state is spoilt.</summary>
    public static IReadOnlyList<(string Name, Action Begin)> All =>
    [
        ("options", () => _ = (new MongeAmpereFlowOptions(), new DensityModelOptions(), new ConditionalDensityModelOptions(), new DensityTrainerOptions(), new VariationalTrainerOptions())),
        ("sampler options", () => _ = (new ImportanceOptions(), new LatentChainOptions(), new AnnealingOptions())),
        ("trainers", () => _ = (new DensityTrainer(), new VariationalTrainer(), new DepthDoubling(1e-3), Objective.KineticEnergy())),
        ("fits", () => _ = (new Standardization(), new AffineGaussianization(), new HistogramGaussianization(), new Logit(), new Smoothing(),
            new TailCompression(), new UniformDequantization(256))),
        ("integrators", () => _ = (new ExplicitRungeKutta(ButcherTableau.Heun), new ImplicitMidpoint(), new Reversible(ExplicitRungeKutta.Classic))),
        ("a tableau", () => _ = new ButcherTableau("own", 1, [[]], [1])),
        ("estimators of the Laplacian", () => _ = (LaplacianEstimator.Exact, new HutchinsonLaplacian())),
        ("directions", () => _ = (new FeatureSubsets(), new LocalPatches(4, 4), Activation.Softplus, Activation.LogCosh)),
        ("groups", () => _ = (SymmetryGroup.SignFlip(4), SymmetryGroup.Permutations(3), Lattice.Square(4).SpaceGroup())),
        ("kinds", () => Kinds.Register<Potential>("entry-point", _ => throw new FormatException())),
        ("a stored component", () => new StoredComponent("kind").With("name", 1)),
        ("a user's potential", () => _ = new Resting()),
        ("a user's conditional potential", () => _ = new RestingConditional()),
        ("a user's bijection", () => _ = new Identity()),
        ("an empty chain", () => _ = new BijectionChain()),
        ("IsingEnergy", () => _ = new IsingEnergy(Lattice.Square(4), 2.3)),
        ("Phi4Energy", () => _ = new Phi4Energy(Lattice.Square(4), 0.2, 0.02)),
        ("ParticleEnergy", () => _ = ParticleEnergy.LennardJones(3)),
        ("ParticlePairPotential", () => _ = ParticlePairPotential.AtRest(3, 2)),
        ("DelegateEnergy", () => _ = new DelegateEnergy(2, x => x.sum([1L]))),
        ("CirculantGaussianMap", () => _ = new CirculantGaussianMap(Lattice.Square(2), [1, 1, 1, 1])),
        ("EnsureLoaded for a GPU", () => TorchRuntime.EnsureLoaded(0, fallbackToCpu: true)),
        ("DensityModel.Load", () => DensityModel.Load(new MemoryStream([1]), 1)),
        ("ConditionalDensityModel.Load", () => ConditionalDensityModel.Load(new MemoryStream([1]), 1)),
        ("EnsureLoaded", () => TorchRuntime.EnsureLoaded()),
        ("torch.Generator", () => _ = new Generator(1)),
        ("EnsureLoaded after torch.Generator", () => TorchRuntime.EnsureLoaded()),
    ];

    private sealed class Resting() : Potential("resting", 2)
    {
        protected internal override Tensor Evaluate(Tensor x, double time) => x.sum([1L]);
    }

    private sealed class Identity() : Bijection("same")
    {
        protected internal override Mapped MapForward(Tensor x, Generator? generator) => new(x.alias(), x.sum([1L]));

        protected internal override Mapped MapInverse(Tensor y) => new(y.alias(), y.sum([1L]));
    }

    private sealed class RestingConditional() : ConditionalPotential("resting", 2, 1)
    {
        protected internal override Potential Given(Tensor context) => new Resting();
    }
}
