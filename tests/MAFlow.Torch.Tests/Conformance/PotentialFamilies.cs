using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One line per potential: every invariant of the family runs on each.</summary>
internal static class PotentialFamilies
{
    public const long Dimension = 3;

    private static readonly Dictionary<string, Func<Potential>> _families = new()
    {
        ["ridge softplus, narrow"] = () => Ridge(Activation.Softplus, 4),
        ["ridge softplus, wide"] = () => Ridge(Activation.Softplus, 7),
        ["ridge ln cosh, narrow"] = () => Ridge(Activation.LogCosh, 5),
        ["ridge ln cosh, wide"] = () => Ridge(Activation.LogCosh, 8),
        ["time ridge softplus"] = () => TimeRidge(Activation.Softplus, 5, knots: 4),
        ["time ridge ln cosh, between two knots"] = () => TimeRidge(Activation.LogCosh, 7, knots: 2),
        ["perceptron of two layers"] = () => Mlp(Activation.Softplus, 5, 4),
        ["perceptron of three layers, ln cosh"] = () => Mlp(Activation.LogCosh, 4, 3, 3),
        ["piecewise of piecewise"] = () => new PiecewisePotential(
            1, [new PiecewisePotential(1, [Ridge(Activation.Softplus, 4), Ridge(Activation.Softplus, 7, seed: 51)]), Ridge(Activation.LogCosh, 4)]),
        ["piecewise averaged over signs"] = () => new SymmetrizedPotential(
            new PiecewisePotential(1, [Ridge(Activation.Softplus, 4), Ridge(Activation.Softplus, 5, seed: 61)]), SymmetryGroup.SignFlip(3)),
        ["piecewise ridge"] = () => new PiecewisePotential(1, [Ridge(Activation.Softplus, 4), Ridge(Activation.LogCosh, 7, seed: 31), Ridge(Activation.Softplus, 8, seed: 41)]),
        ["piecewise of several kinds"] = () => new PiecewisePotential(1, [new SwingingPotential(Dimension), Mlp(Activation.LogCosh, 4)]),
        ["deep sets of three coordinates"] = () => SymmetricPotentials.DeepSets(3, 1, Activation.Softplus),
        ["deep sets, ln cosh"] = () => SymmetricPotentials.DeepSets(3, 1, Activation.LogCosh),
        ["perceptron averaged over permutations"] = () => new SymmetrizedPotential(Mlp(Activation.Softplus, 3, 3), SymmetryGroup.Permutations(3)),
        ["ridge averaged over signs"] = () => new SymmetrizedPotential(Ridge(Activation.Softplus, 4), SymmetryGroup.SignFlip(3)),
        ["ridge under a sampled element"] = () => new SampledSymmetryPotential(Ridge(Activation.Softplus, 4), SymmetryGroup.Permutations(3), interval: 2),
        ["pairs on a ring of three"] = () => Pairs.Random(Pairs.Small with { OddFeatures = 2, EvenFeatures = 1, Knots = 2 }, 3),
        ["pairs on a ring of three, without sign symmetry"] = () => Pairs.Random(
            Pairs.Small with { Scales = [0], OddFeatures = 2, EvenFeatures = 1, Knots = 2, IsSignSymmetric = false }, 3),
        ["convolutions over three pixels"] = () => Images.Random(1, 1, 3),
        ["convolutions over three channels"] = () => Images.Random(3, 1, 1, Images.Small with { CouplingSide = 1, FilterSide = 1, Dilations = [1] }),
        ["Gaussian"] = () => Images.Gaussian(3),
        ["Gaussian, then convolutions"] = () => new PiecewisePotential(1, [Images.Gaussian(3), Images.Random(1, 1, 3)]),
        ["three particles on a line"] = () => Particles.Random(3, 1, strength: 0.08),
        ["three particles on a line, with units"] = () => Particles.Random(3, 1, Particles.Small with { Units = 3 }, strength: 0.08),
        ["three particles on a ring"] = () => Particles.Random(3, 1, Particles.Small with { Range = 2, Box = 4 }, strength: 0.025),
        ["a particle pair, constant in time"] = () => new PiecewisePotential(1, [Particles.Random(3, 1, Particles.Small with { Knots = 1, Horizon = 1 }, strength: 0.05)]),
        ["quadratic"] = () => new QuadraticPotential(Dimension, 0.4),
        ["linear"] = () => new LinearPotential(Draw.Normal(5, Dimension)),
        ["constant"] = () => new ConstantPotential(Dimension),
        ["swinging"] = () => new SwingingPotential(Dimension),
        ["value of a ridge"] = () => new ValueOnly(Ridge(Activation.Softplus, 4)),
    };

    public static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    public static Potential Create(string name) => _families[name]();

    /// <summary>The same potential, known by its value alone.</summary>
    public static Potential CreateGeneric(string name) => new ValueOnly(_families[name]());

    /// <summary>A flow of K equal parts, each of the family; one part is the family itself.</summary>
    public static MongeAmpereFlow Flow(string name, int parts, MongeAmpereFlowOptions? options = null) => new(
        parts == 1 ? Create(name) : new PiecewisePotential(1, [.. Enumerable.Range(0, parts).Select(_ => Create(name))]),
        (options ?? new()) with { Horizon = 1 });

    public static RidgePotential Ridge(Activation activation, long hiddenUnits, long dimension = Dimension, ulong seed = 11, double strength = 0.3) => new(
        Draw.Normal(seed, hiddenUnits, dimension), activation.IsEven ? null : Draw.Normal(seed + 1, hiddenUnits), Draw.Normal(seed + 2, hiddenUnits).mul(strength), activation);

    public static TimeRidgePotential TimeRidge(Activation activation, long hiddenUnits, int knots, long dimension = Dimension, ulong seed = 71)
    {
        using var scope = NewDisposeScope();
        return new(
            Draw.Normal(seed, hiddenUnits, dimension), activation.IsEven ? null : Draw.Normal(seed + 1, knots, hiddenUnits),
            Draw.Normal(seed + 2, knots, hiddenUnits).mul(0.3), activation);
    }

    private static MlpPotential Mlp(Activation activation, params long[] widths)
    {
        using var generator = new Generator(21);
        var potential = new MlpPotential(Dimension, widths, activation, generator, readoutScale: 1);
        potential.to(float64);
        return potential;
    }
}
