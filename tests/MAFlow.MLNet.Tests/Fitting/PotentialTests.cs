using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Any potential can be asked for from the options of both estimators, and is saved and loaded with the model.</summary>
[TestClass]
public sealed class PotentialTests
{
    private readonly MLContext _context = new(seed: 1);

    private static IEnumerable<object[]> Potentials => new (string Name, Func<PotentialContext, Potential> Make)[]
    {
        ("perceptron", context => new MlpPotential(context.Dimension, [8], Activation.Softplus, context.Generator)),
        ("user's own", context => new CoshPotential(context.Dimension)),
    }.Select(potential => new object[] { potential.Name, potential.Make });

    [ClassInitialize]
    public static void Register(TestContext _) => CoshPotential.Register();

    [TestMethod]
    [DynamicData(nameof(Potentials))]
    public void A_transform_takes_it(string name, Func<PotentialContext, Potential> make)
    {
        var options = SmallFlow.Options();
        (options.Potential, options.MaxEpochs) = (make, 2);
        using var model = SmallFlow.Fit(options);
        Assert.AreNotEqual(nameof(RidgePotential), model.Model.Flow.Potential.GetType().Name, name);
        ScoresTheSameOnceLoaded(model, parts: 1);
    }

    [TestMethod]
    [DynamicData(nameof(Potentials))]
    public void An_anomaly_trainer_takes_it_for_each_of_its_parts(string name, Func<PotentialContext, Potential> make)
    {
        var made = 0;
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options
        {
            Potential = context =>
            {
                made++;
                return make(context);
            },
            Parts = 3, MaxEpochs = 2, Seed = 1,
        }).Fit(Tables.View(_context, 200));
        Assert.AreEqual(3, made, name);
        ScoresTheSameOnceLoaded(model, made);
    }

    private void ScoresTheSameOnceLoaded(MongeAmpereFlowTransformer model, int parts)
    {
        var data = Tables.View(_context, 40);
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        try
        {
            _context.Model.Save(model, data.Schema, file);
            using var loaded = (MongeAmpereFlowTransformer)new MLContext().Model.Load(file, out _);
            var (kept, stored) = (model.Model.Flow, loaded.Model.Flow);
            Assert.AreEqual(kept.Potential.GetType(), stored.Potential.GetType());
            Assert.AreEqual(0, stored.Depth % parts);
            Assert.AreEqual(model.Report!.Depth, stored.Depth);
            CollectionAssert.AreEqual(SmallFlow.Scores(model, data), SmallFlow.Scores(loaded, data));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
