using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Time-symmetric integrators return exactly to where they began.</summary>
[TestClass]
public sealed class TimeSymmetryTests
{
    private static IEnumerable<object[]> Families =>
        from potential in PotentialFamilies.Names
        from order in new[] { 2, 4 }
        select new[] { potential[0], order };

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void DecodingUndoesEncodingToRounding(string family, int order)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(
            PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 8, Integrator = new ImplicitMidpoint(order) });
        var x = Draw.Normal(1, 6, PotentialFamilies.Dimension);
        var encoded = flow.Encode(x);
        var decoded = flow.Decode(encoded.Z);
        Near.Assert(x, decoded.X, 1e-10);
        Near.Assert(encoded.LogProb, decoded.LogProb, 1e-10);
    }

    [TestMethod]
    public void AnExplicitMethodDoesNot()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create("ridge softplus, wide"), new() { Horizon = 1, Depth = 8 });
        var x = Draw.Normal(1, 6, PotentialFamilies.Dimension);
        Assert.IsGreaterThan(1e-9, Near.Difference(x, flow.Decode(flow.Encode(x).Z).X));
    }

    [TestMethod]
    public void AStepThatIsTooLongIsAnErrorThatSaysSo()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(
            new QuadraticPotential(2, 40), new() { Horizon = 1, Depth = 8, Integrator = new ImplicitMidpoint() });
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => flow.Encode(Draw.Normal(1, 3, 2)));
        Assert.Contains("to converge", error.Message);
        Assert.Contains("raise the depth", error.Message);
        // Half the step converges: ½ε times the rate of 40 is below 1 from 21 steps on.
        Assert.IsTrue(flow.At(64).Encode(Draw.Normal(1, 3, 2)).Z.isfinite().all().item<bool>());
    }
}
