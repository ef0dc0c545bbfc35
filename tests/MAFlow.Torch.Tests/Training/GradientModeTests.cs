using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What needs derivatives works inside a caller's no_grad and inference_mode, with the numbers it has outside.</summary>
[TestClass]
public sealed class GradientModeTests
{
    private static readonly MongeAmpereFlowOptions _options = new() { Horizon = 1, Depth = 2 };
    private static readonly VariationalTrainerOptions _variational = new() { Steps = 4, BatchSize = 16, FinalSamples = 16, MeasureSamples = 16 };

    /// <summary>Everything is made inside the mode, data and flow included.</summary>
    private static readonly Dictionary<string, Func<double[]>> _entries = new()
    {
        ["Build"] = () => Density(new(), model => Numbers(model.LogProb(Toy.Ring(9, 5)))),
        ["Build, perceptron"] = () => Density(new() { Potential = Perceptron }, model => Numbers(model.LogProb(Toy.Ring(9, 5)))),
        ["Build for tables"] = () => Density(new() { Bijections = [new Smoothing(0.05), new TailCompression(0.5), new AffineGaussianization(shrinkage: null)] }, model => Numbers(model.ScoreGradient(Toy.Ring(9, 5)))),
        ["density trainer"] = () => Density(new(), Trained),
        ["density trainer, perceptron"] = () => Density(new() { Potential = Perceptron }, Trained),
        ["density trainer, two parts, recomputing"] = () => Density(new() { Parts = 2, HiddenUnits = 8, Flow = _options with { Recompute = true } }, Trained),
        ["density trainer, reversible"] = () => Density(new() { HiddenUnits = 8, Flow = _options with { Integrator = new Reversible(new ExplicitRungeKutta(ButcherTableau.Midpoint)) } }, Trained),
        ["score gradient"] = () => Density(new(), model => Numbers(model.ScoreGradient(Toy.Ring(9, 5)))),
        ["score gradient, perceptron"] = () => Density(new() { Potential = Perceptron }, model => Numbers(model.ScoreGradient(Toy.Ring(9, 5)))),
        ["loaded and trained on"] = () => Density(new(), model =>
        {
            using var loaded = Models.Load(Models.Bytes(model));
            return Trained(loaded);
        }),
        ["conditional trainer"] = Conditional,
        ["variational trainer"] = () => Energetic((flow, energy, _) => [new VariationalTrainer(_variational).Fit(flow, energy).FreeEnergy?.FreeEnergy ?? 0, .. Weights(flow)]),
        ["variational trainer, annealed Ising"] = Ising,
        ["importance sampling"] = () => Energetic((flow, energy, random) => [new ImportanceSampler(flow, energy).Run(new() { Samples = 300 }, random).LogPartition.Value]),
        ["annealed importance sampling, HMC"] = () => Energetic((flow, energy, random) =>
            [.. new AnnealedImportanceSampler(flow, energy).Run(new() { Particles = 16, Transition = LatentTransition.Hamiltonian() }, random).RepeatLogPartitions]),
        ["latent chains, HMC"] = () => Energetic((flow, energy, random) =>
            [new LatentChainSampler(flow, energy).Run(new() { Chains = 4, Warmup = 5, Steps = 10, Transition = LatentTransition.Hamiltonian() }, random).Acceptance]),
        ["energy gradient"] = () => Energetic((_, energy, _) => Numbers(energy.Gradient(Toy.Ring(9, 5)))),
    };

    public static IEnumerable<object[]> Names => _entries.Keys.SelectMany(name => new[] { new object[] { name, false }, [name, true] });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ItIsAsItIsOutside(string name, bool inference)
    {
        double[] inside;
        using (inference ? inference_mode() : no_grad())
        {
            using var scope = NewDisposeScope();
            inside = _entries[name]();
            Assert.IsFalse(is_grad_enabled());
            Assert.AreEqual(inference, is_inference_mode_enabled());
        }

        Assert.IsTrue(is_grad_enabled());
        using var outer = NewDisposeScope();
        CollectionAssert.AreEqual(_entries[name](), inside);
        Assert.IsTrue(inside.All(double.IsFinite));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WhatWasMadeInsideIsTrainedOutside(bool inference)
    {
        using var scope = NewDisposeScope();
        DensityModel model;
        Tensor data;
        using (inference ? inference_mode() : no_grad())
        {
            data = Toy.Ring(1, 100);
            model = Toy.Model(data);
        }

        using var same = Toy.Model(Toy.Ring(1, 100));
        CollectionAssert.AreEqual(Trained(same), Trained(model, data));
        model.Dispose();
    }

    private static double[] Trained(DensityModel model) => Trained(model, Toy.Ring(1, 100));

    private static double[] Trained(DensityModel model, Tensor data)
    {
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 2, DepthTolerance = 0.01, WeightDecay = 0.01 }).Fit(model, data);
        return [report.BestValidationNll!.Value, .. Weights(model.Flow), .. Numbers(model.LogProb(data))];
    }

    private static MlpPotential Perceptron(PotentialContext context) => new(context.Dimension, [4], Activation.Softplus, context.Generator);

    private static double[] Density(DensityModelOptions options, Func<DensityModel, double[]> use)
    {
        using var generator = new Generator(1);
        using var model = (options with { HiddenUnits = Math.Min(options.HiddenUnits, 12), Flow = options.Flow with { Depth = 4 } }).Build(Toy.Ring(1, 100), generator);
        return use(model);
    }

    private static double[] Conditional()
    {
        using var generator = new Generator(1);
        using var flow = ConditionalFlows.Create("hidden layer");
        var (rows, context) = (randn([80, flow.Dimension], dtype: float64, generator: generator), randn([80, flow.ContextDimension], dtype: float64, generator: generator));
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 2 }).Fit(flow, rows, context);
        return [report.BestValidationNll!.Value, .. flow.NamedParameters().SelectMany(named => Numbers(named.Parameter))];
    }

    private static double[] Ising()
    {
        using var generator = new Generator(1);
        using var energy = new IsingEnergy(Lattice.Square(3), 2.5);
        using var flow = new MongeAmpereFlow(LatticeRidgePotential.AtRest(Lattice.Square(3), 2, generator), _options, CirculantGaussianMap.For(energy));
        var report = new VariationalTrainer(_variational with { AnnealingFraction = 0.5 }).Fit(flow, energy);
        return [report.History[^1].FreeEnergy!.FreeEnergy, .. Weights(flow)];
    }

    private static double[] Energetic(Func<MongeAmpereFlow, Energy, Generator, double[]> use)
    {
        using var energy = new RingEnergy();
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(new MlpPotential(2, [4], Activation.Softplus, generator, 0.3), _options);
        return use(flow, energy, generator);
    }

    private static double[] Weights(MongeAmpereFlow flow) => [.. flow.NamedParameters().SelectMany(named => Numbers(named.Parameter))];

    private static double[] Numbers(Tensor tensor) => tensor.detach().to(float64).cpu().contiguous().data<double>().ToArray();
}
