using MAFlow.Torch.Tests;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Estimators whose fit is shared end with the model that one process fits. Threads stand for processes.</summary>
[TestClass]
public sealed class DistributedFitTests
{
    private const int Ranks = 2;

    [TestMethod]
    public void The_estimator_ends_with_the_model_of_one_process() => AssertEqual(collective =>
    {
        var options = SmallFlow.Options();
        options.Collective = collective;
        return SmallFlow.Fit(options);
    });

    [TestMethod]
    public void The_trainer_ends_with_the_model_of_one_process() => AssertEqual(collective =>
    {
        var context = new MLContext(seed: 1);
        var options = new MongeAmpereFlowTrainer.Options { HiddenUnits = 8, MaxEpochs = 3, MaxSeconds = 600, Collective = collective, Seed = 2 };
        return context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Tables.View(context, 300));
    });

    [TestMethod]
    public void Without_a_seed_that_of_process_zero_counts()
    {
        var ranks = ThreadCollective.Run(Ranks, rank =>
        {
            var options = SmallFlow.Options();
            (options.Collective, options.Seed) = (rank, null);
            using var model = SmallFlow.Fit(options, new MLContext(seed: rank.Rank), Tables.View(new MLContext(), 200));
            return SmallFlow.Scores(model, Tables.View(new MLContext(), 50));
        });
        Assert.IsNull(ranks[0].Error, $"{ranks[0].Error}");
        CollectionAssert.AreEqual(ranks[0].Result, ranks[1].Result);
    }

    private static void AssertEqual(Func<ICollective, MongeAmpereFlowTransformer> fit)
    {
        var alone = Scores(Solo.Instance);
        foreach (var (result, error) in ThreadCollective.Run(Ranks, Scores))
        {
            Assert.IsNull(error, $"{error}");
            for (var row = 0; row < alone.Length; row++)
            {
                Assert.AreEqual(alone[row], result![row], 1e-3);
            }
        }

        float[] Scores(ICollective collective)
        {
            using var model = fit(collective);
            return SmallFlow.Scores(model, Tables.View(new MLContext(), 50));
        }
    }
}
