using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One line per conditional potential, in float64 and away from rest.</summary>
internal static class ConditionalFlows
{
    public const long Dimension = 3;
    public const long ContextDimension = 2;

    private static readonly Dictionary<string, Func<ConditionalPotential>> _families = new()
    {
        ["linear"] = () => Ridge(5, hiddenUnits: 0, 11),
        ["linear, wide"] = () => Ridge(8, hiddenUnits: 0, 21),
        ["hidden layer"] = () => Ridge(4, hiddenUnits: 3, 31),
        ["piecewise"] = () => new ConditionalPiecewisePotential(1, [Ridge(4, 0, 41), Ridge(7, 2, 51), Ridge(3, 0, 61)]),
    };

    public static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    public static ConditionalPotential Potential(string name) => _families[name]();

    public static ConditionalFlow Create(string name, MongeAmpereFlowOptions? options = null) =>
        new(Potential(name), options ?? new() { Horizon = 1, Depth = 6 });

    /// <summary>The potential that a row of contexts should have: made anew, with the bias b + g(c).</summary>
    public static Potential Expected(ConditionalPotential conditional, Tensor context)
    {
        if (conditional is ConditionalPiecewisePotential)
        {
            var parts = conditional.children().Cast<ConditionalPotential>().Select(part => Expected(part, context)).ToList();
            return new PiecewisePotential(1, parts);
        }

        Tensor Named(string name) => conditional.get_parameter(name)!.detach();
        var features = conditional.named_parameters().Any(parameter => parameter.name == "hiddenWeight")
            ? Named("hiddenWeight").mv(context).add(Named("hiddenBias")).tanh()
            : context;
        return new RidgePotential(Named("weight"), Named("bias").add(Named("contextWeight").mv(features)), Named("amplitude"), Activation.Softplus);
    }

    private static ConditionalRidgePotential Ridge(long units, long hiddenUnits, ulong seed)
    {
        using var scope = NewDisposeScope();
        return new(
            Draw.Normal(seed, units, Dimension), Draw.Normal(seed + 1, units), Draw.Normal(seed + 2, units).mul(0.4),
            Draw.Normal(seed + 3, units, hiddenUnits == 0 ? ContextDimension : hiddenUnits), Activation.Softplus,
            hiddenUnits == 0 ? null : (Draw.Normal(seed + 4, hiddenUnits, ContextDimension), Draw.Normal(seed + 5, hiddenUnits)));
    }
}
