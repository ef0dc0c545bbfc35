using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The measured order of every tableau, for points and for log-densities.</summary>
[TestClass]
public sealed class ConvergenceTests
{
    private const double Horizon = 2;

    private static IEnumerable<object[]> Methods => ButcherTableau.All.SelectMany(
        tableau => new[] { "ridge softplus, narrow", "ridge ln cosh, wide", "swinging" }.Select(family => new object[] { tableau.Name, family }));

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void PointsAndLogDensitiesConvergeWithTheOrderOfTheTableau(string method, string family)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var tableau = ButcherTableau.ByName(method);
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = Horizon, Integrator = new ExplicitRungeKutta(tableau) });
        var reference = flow.With(flow.Options with { Integrator = new ExplicitRungeKutta(ButcherTableau.DormandPrince5), Depth = 200 });
        var z = Draw.Normal(1, 8, PotentialFamilies.Dimension);
        var exact = reference.Decode(z);
        int[] depths = tableau.Order == 1 ? [64, 128, 256, 512] : [12, 16, 24, 32];
        var solves = depths.Select(depth => flow.At(depth).Decode(z)).ToList();
        // The swinging potential still converges a little faster at these depths.
        var above = family == "swinging" ? 1.5 : 0.35;
        AssertOrder(tableau, depths, [.. solves.Select(solve => solve.X.sub(exact.X).norm().item<double>())], "x", above);
        AssertOrder(tableau, depths, [.. solves.Select(solve => solve.LogProb.sub(exact.LogProb).norm().item<double>())], "ln p", above);
    }

    [TestMethod]
    public void RungeKutta4ConvergesToTheLogDeterminantOfTheJacobianWithOrder4()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 5), new() { Horizon = Horizon });
        var z = Draw.Normal(2, 6, 3);
        int[] depths = [8, 12, 16, 24, 32];
        var errors = depths.Select(depth =>
        {
            using var inner = NewDisposeScope();
            var (decoded, change) = Jacobian(flow.At(depth), z);
            return decoded.LogProb.sub(StandardNormal.LogProb(z)).add(change).norm().item<double>();
        }).ToList();
        AssertOrder(ButcherTableau.RungeKutta4, depths, errors, "ln p against slogdet of the discrete map");
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void LogDensitiesAgreeWithTheJacobianOfTheDiscreteMapAtHighDepth(string family)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Integrator = new ExplicitRungeKutta(ButcherTableau.DormandPrince5) });
        var z = Draw.Normal(3, 4, 3);
        var (decoded, change) = Jacobian(flow.At(40), z);
        Near.Assert(StandardNormal.LogProb(z).sub(change), decoded.LogProb, 1e-8);
    }

    private static IEnumerable<object[]> Families => PotentialFamilies.Names;

    /// <summary>The map z -> x and ln |det ∂x/∂z| of each row, by autograd through the solver.</summary>
    private static (FlowState Decoded, Tensor LogDeterminant) Jacobian(MongeAmpereFlow flow, Tensor z)
    {
        var point = z.detach().clone().requires_grad_();
        var decoded = flow.Decode(point);
        var rows = Enumerable.Range(0, (int)z.shape[1]).Select(i => autograd.grad([decoded.X.select(1, i).sum()], [point], retain_graph: true)[0]);
        return (decoded, linalg.slogdet(stack(rows.ToArray(), 1)).Item2);
    }

    private static void AssertOrder(ButcherTableau tableau, int[] depths, IReadOnlyList<double> errors, string quantity, double above = 0.35)
    {
        // Slope of ln error over ln depth by least squares.
        var (u, v) = (depths.Select(depth => Math.Log(depth)).ToList(), errors.Select(error => Math.Log(error)).ToList());
        var slope = u.Zip(v, (a, b) => (a - u.Average()) * (b - v.Average())).Sum() / u.Sum(a => (a - u.Average()) * (a - u.Average()));
        Assert.IsInRange(tableau.Order - 0.35, tableau.Order + above, -slope, $"{tableau} for {quantity}: errors {string.Join(", ", errors.Select(error => error.ToString("G3")))}");
    }
}
