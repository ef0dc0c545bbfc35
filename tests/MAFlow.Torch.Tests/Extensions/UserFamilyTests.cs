using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The families beside this file, which a user could have written: they train with the trainer of the library, and come back from its files.</summary>
[TestClass]
public sealed class UserFamilyTests
{
    [TestMethod]
    public void APotentialAnIntegratorAndALaplacianAreTrainedSavedAndLoaded()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 256);
        foreach (var options in new MongeAmpereFlowOptions[]
            {
                new() { Horizon = 1, Depth = 8, Integrator = new RalstonIntegrator() },
                new() { Horizon = 1, Depth = 8, Integrator = new RalstonIntegrator(), Recompute = true },
                new() { Horizon = 1, Depth = 4, Integrator = new Reversible(new RalstonIntegrator()) },
                new() { Horizon = 1, Depth = 4, Laplacian = new OneCoordinateLaplacian() },
            })
        {
            using var model = Model(options, data);
            var before = model.Evaluate(data).MeanNll;
            var report = new DensityTrainer(Toy.Short with { MaxEpochs = 6 }).Fit(model, data);
            Assert.AreEqual(StopReason.Completed, report.StopReason);
            Near.IsBelow(before - 0.05, model.Evaluate(data).MeanNll, options.ToString());

            using var loaded = Models.Load(Models.Bytes(model));
            Near.AssertBitEqual(model.LogProb(data), loaded.LogProb(data));
            Assert.AreEqual(model.Flow.Options.Integrator.ToString(), loaded.Flow.Options.Integrator.ToString());
            Assert.AreEqual(model.Flow.Options.Laplacian.GetType(), loaded.Flow.Options.Laplacian.GetType());
            CollectionAssert.AreEqual(Models.Bytes(model), Models.Bytes(loaded));
        }
    }

    [TestMethod]
    public void TheUsersPotentialJumpsWhereItSays()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Radial(), new() { Horizon = 1, Depth = 40 });
        using var half = new MongeAmpereFlow(Radial(), new() { Horizon = 0.5, Depth = 20 });
        var x = Draw.Normal(1, 6, 2);
        Assert.AreEqual(2, flow.Grid().PieceCount);
        Near.Assert(half.LogProb(x), flow.LogProb(x), 1e-12);
        Near.Assert(half.Decode(x).X, flow.Decode(x).X, 1e-12);
    }

    [TestMethod]
    public void TheUsersIntegratorHasItsOrder()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 6), new() { Horizon = 1, Integrator = new RalstonIntegrator() });
        var x = Draw.Normal(2, 6, 3);
        var exact = flow.At(2048).LogProb(x);
        var order = Math.Log2(Near.Difference(exact, flow.At(16).LogProb(x)) / Near.Difference(exact, flow.At(32).LogProb(x)));
        Assert.IsInRange(1.7, 2.5, order);
    }

    /// <summary>In plain autograd: the flow of each batch of contexts is a flow like any other.</summary>
    [TestMethod]
    public void AConditionalPotentialIsTrainedSavedAndLoaded()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        ShiftedWellPotential.Register();
        using var flow = new ConditionalFlow(
            new ShiftedWellPotential(eye(2, dtype: float64), ones(1, dtype: float64)), new() { Horizon = 1, Depth = 3, Recompute = true });
        var context = Draw.Normal(1, 200, 2);
        var x = context.mm(tensor(new double[,] { { 1, 0.5 }, { -0.3, 0.8 } })).add(Draw.Normal(2, 200, 2).mul(0.5));
        var optimizer = optim.Adam(flow.NamedParameters().Select(parameter => parameter.Parameter), lr: 0.1);
        double Nll() => flow.Given(context).LogProb(x).mean().neg().item<double>();
        var before = Nll();
        for (var step = 0; step < 80; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            flow.Given(context).LogProb(x).mean().neg().backward();
            optimizer.step();
        }

        // The Gaussian that made the data has (ln 2π + ln 0.25 + 1) nats.
        Assert.IsGreaterThan(2, before);
        Near.IsBelow(Math.Log(2 * Math.PI) + Math.Log(0.25) + 1.15, Nll());
        flow.Save(folder["flow"]);
        using var loaded = ConditionalFlow.Load(folder["flow"]);
        Near.AssertBitEqual(flow.Given(context).LogProb(x), loaded.Given(context).LogProb(x));
    }

    private static RadialPotential Radial() =>
        new(2, tensor(new[] { 0.2, -0.3, 0.1 }), tensor(new[] { 0.5, 1.5, 3 }), off: 0.5);

    private static DensityModel Model(MongeAmpereFlowOptions options, Tensor data)
    {
        RadialPotential.Register();
        RalstonIntegrator.Register();
        OneCoordinateLaplacian.Register();
        using var generator = new Generator(1);
        return new(BijectionChain.Fit([new Standardization()], data, generator), new MongeAmpereFlow(Radial(), options));
    }
}
