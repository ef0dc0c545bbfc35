using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>One line per potential that is scored here, on 3 coordinates.</summary>
internal static class Potentials
{
    private static readonly Dictionary<string, Func<ScalarType, Potential>> _families = new()
    {
        ["softplus, narrow"] = type => Ridge(Activation.Softplus, 4, type),
        ["softplus, wide"] = type => Ridge(Activation.Softplus, 7, type),
        ["softplus, several panels"] = type => Ridge(Activation.Softplus, 75, type, strength: 0.05),
        ["ln cosh, narrow"] = type => Ridge(Activation.LogCosh, 5, type),
        ["ln cosh, wide"] = type => Ridge(Activation.LogCosh, 40, type, strength: 0.1),
        ["piecewise"] = type => new PiecewisePotential(
            1, [Ridge(Activation.Softplus, 4, type), Ridge(Activation.LogCosh, 7, type, 31), Ridge(Activation.Softplus, 18, type, 41, 0.1)]),
        ["piecewise of piecewise"] = type => new PiecewisePotential(1,
            [
                new PiecewisePotential(1, [Ridge(Activation.Softplus, 4, type), Ridge(Activation.Softplus, 7, type, 51)]),
                Ridge(Activation.LogCosh, 4, type, 61),
                Ridge(Activation.Softplus, 5, type, 71),
            ]),
    };

    public static IEnumerable<string> Names => _families.Keys;

    public static Potential Create(string name, ScalarType type) => _families[name](type);

    public static RidgePotential Ridge(
        Activation activation, long hiddenUnits, ScalarType type = ScalarType.Float64, ulong seed = 11, double strength = 0.3, long dimension = 3)
    {
        using var scope = NewDisposeScope();
        var bias = activation == Activation.LogCosh ? null : Draw.Normal(seed + 1, hiddenUnits).to(type);
        return new(Draw.Normal(seed, hiddenUnits, dimension).to(type), bias, Draw.Normal(seed + 2, hiddenUnits).mul(strength).to(type), activation);
    }
}
