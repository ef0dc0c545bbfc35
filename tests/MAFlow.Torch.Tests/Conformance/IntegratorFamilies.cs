namespace MAFlow.Torch.Tests;

/// <summary>One line per integrator: every invariant of the family runs on each.</summary>
internal static class IntegratorFamilies
{
    private static readonly Dictionary<string, Func<Integrator>> _families = new()
    {
        ["euler"] = () => new ExplicitRungeKutta(ButcherTableau.Euler),
        ["midpoint"] = () => new ExplicitRungeKutta(ButcherTableau.Midpoint),
        ["heun"] = () => new ExplicitRungeKutta(ButcherTableau.Heun),
        ["rk4"] = () => ExplicitRungeKutta.Classic,
        ["three-eighths"] = () => new ExplicitRungeKutta(ButcherTableau.ThreeEighths),
        ["dormand-prince-5"] = () => new ExplicitRungeKutta(ButcherTableau.DormandPrince5),
        ["implicit midpoint"] = () => new ImplicitMidpoint(),
        ["implicit midpoint, order 4"] = () => new ImplicitMidpoint(4),
        ["reversible rk4"] = () => new Reversible(ExplicitRungeKutta.Classic),
        ["reversible heun"] = () => new Reversible(new ExplicitRungeKutta(ButcherTableau.Heun)),
        ["ralston of a user"] = Ralston,
    };

    public static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    public static Integrator Create(string name) => _families[name]();

    private static RalstonIntegrator Ralston()
    {
        RalstonIntegrator.Register();
        return new();
    }
}
