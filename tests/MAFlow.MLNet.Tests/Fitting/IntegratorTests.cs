using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Both estimators take any integrator; a saved model keeps it.</summary>
[TestClass]
public sealed class IntegratorTests
{
    private readonly MLContext _context = new(seed: 1);

    private static IEnumerable<object[]> Integrators => new (string Kind, Integrator Integrator)[]
    {
        ("implicit-midpoint", new ImplicitMidpoint()),
        ("implicit-midpoint", new ImplicitMidpoint(4)),
        ("reversible", new Reversible(new ExplicitRungeKutta(ButcherTableau.RungeKutta4))),
    }.Select(integrator => new object[] { integrator.Kind, integrator.Integrator });

    [TestMethod]
    [DynamicData(nameof(Integrators))]
    public void A_transform_takes_it(string kind, Integrator integrator)
    {
        var options = SmallFlow.Options();
        options.Integrator = integrator;
        using var model = SmallFlow.Fit(options);
        Check(model, kind, integrator);
    }

    [TestMethod]
    [DynamicData(nameof(Integrators))]
    public void An_anomaly_trainer_takes_it(string kind, Integrator integrator)
    {
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(
            new MongeAmpereFlowTrainer.Options { Integrator = integrator, HiddenUnits = 8, MaxEpochs = 2, Seed = 1 }).Fit(Tables.View(_context, 200));
        Check(model, kind, integrator);
    }

    [TestMethod]
    public void The_short_name_goes_before_that_of_the_group()
    {
        var options = SmallFlow.Options();
        options.Model = options.Model! with { Flow = options.Model.Flow with { Integrator = new ImplicitMidpoint(4) } };
        options.Integrator = new ImplicitMidpoint();
        using var model = SmallFlow.Fit(options);
        Assert.AreSame(options.Integrator, model.Model.Flow.Options.Integrator);
    }

    [TestMethod]
    public void Codes_of_a_time_symmetric_flow_go_back_to_their_rows_at_a_coarse_depth()
    {
        var options = SmallFlow.Options();
        (options.Integrator, options.Depth, options.Training) = (new ImplicitMidpoint(), 2, options.Training! with { DepthTolerance = null });
        using var model = SmallFlow.Fit(options);
        Assert.AreEqual(2, model.Model.Flow.Depth);
        var data = Tables.View(_context, 40);
        var back = Tables.Column(model.Decode(Tables.Vectors(Tables.Column(model.Transform(data), "Latent"), "Latent")), "Features");
        foreach (var (expected, actual) in Tables.Column(data, "Features").Zip(back))
        {
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.AreEqual(expected[i], actual[i], 1e-5f * Math.Max(1, Math.Abs(expected[i])));
            }
        }
    }

    private void Check(MongeAmpereFlowTransformer model, string kind, Integrator integrator)
    {
        Assert.AreSame(integrator, model.Model.Flow.Options.Integrator);
        Assert.IsNull(ManagedScorer.Of(new PlainTensorModel(model.Model), out var reason));
        Assert.Contains($"Expected an integrator of kind explicit-runge-kutta, got '{kind}'", reason!);
        var data = Tables.View(_context, 40);
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        try
        {
            _context.Model.Save(model, data.Schema, file);
            using var loaded = (MongeAmpereFlowTransformer)new MLContext().Model.Load(file, out _);
            Assert.AreEqual(integrator.GetType(), loaded.Model.Flow.Options.Integrator.GetType());
            CollectionAssert.AreEqual(SmallFlow.Scores(model, data), SmallFlow.Scores(loaded, data));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
