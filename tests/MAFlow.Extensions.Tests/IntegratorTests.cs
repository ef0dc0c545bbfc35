using MAFlow.Torch.Flows;
using MAFlow.Torch.Integrators;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

[TestClass]
public sealed class IntegratorTests
{
    [TestMethod]
    public void ItTrainsInAnyMemoryAndComesBack()
    {
        RadialPotential.Register();
        RalstonIntegrator.Register();
        using var data = Examples.Ring(1, 256);
        foreach (var options in new MongeAmpereFlowOptions[]
            {
                new() { Horizon = 1, Depth = 8, Integrator = new RalstonIntegrator() },
                new() { Horizon = 1, Depth = 8, Integrator = new RalstonIntegrator(), Recompute = true },
                new() { Horizon = 1, Depth = 4, Integrator = new Reversible(new RalstonIntegrator()) },
            })
        {
            using var model = Examples.Model(data, Examples.Radial(), options);
            Examples.AssertTrainsAndComesBack(model, data);
        }
    }

    [TestMethod]
    public void ItHasItsOrder()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(Examples.Radial(), new() { Horizon = 1, Integrator = new RalstonIntegrator() });
        var x = Draw.Normal(2, 6, 2);
        var exact = flow.At(1024).LogProb(x);
        var order = Math.Log2(Near.Difference(exact, flow.At(32).LogProb(x)) / Near.Difference(exact, flow.At(64).LogProb(x)));
        Assert.IsInRange(1.7, 2.5, order);
    }
}
