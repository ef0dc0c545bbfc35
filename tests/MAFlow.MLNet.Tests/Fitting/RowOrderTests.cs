using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Tables are often sorted by something; what is learnt from them does not depend on it.</summary>
[TestClass]
public sealed class RowOrderTests
{
    private const int Rows = 40_000;

    [TestMethod]
    [DataRow("sorted", false)]
    [DataRow("sorted", true)]
    [DataRow("two regimes", false)]
    [DataRow("two regimes", true)]
    public void A_sorted_table_teaches_what_a_shuffled_one_does(string table, bool transform)
    {
        var ordered = Table(table, Rows, seed: 1);
        var fresh = Table(table, 2_000, seed: 2);
        var shuffled = ordered.ToArray();
        new Random(3).Shuffle(shuffled);
        double[] Nll(float[][] rows) => [.. Enumerable.Range(1, 3).Select(seed => Fitted(rows, fresh, seed, transform))];
        var (sorted, mixed) = (Nll(ordered), Nll(shuffled));
        var noise = Math.Max(0.01, Math.Max(sorted.Max() - sorted.Min(), mixed.Max() - mixed.Min()));
        var difference = Math.Abs(sorted.Average() - mixed.Average());
        Assert.IsTrue(difference <= noise, $"{string.Join(" ", sorted)} | {string.Join(" ", mixed)}");
        Assert.IsTrue(noise <= 0.1, $"{string.Join(" ", sorted)} | {string.Join(" ", mixed)}");
    }

    private static double Fitted(float[][] rows, float[][] fresh, int seed, bool transform)
    {
        var context = new MLContext(seed: 1);
        var view = Tables.Vectors(rows);
        IEstimator<MongeAmpereFlowTransformer> estimator = transform
            ? context.Transforms.MongeAmpereFlow("Latent", "Features", new()
            {
                Seed = seed, HiddenUnits = 8, Depth = 4, MaxSteps = 40,
                Preprocessing = [new Smoothing(), new MarginalGaussianization(maxComponents: 3), new AffineGaussianization(shrinkage: null)],
            })
            : context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { Seed = seed, HiddenUnits = 8, Parts = 1, MaxSteps = 40, Measure = AnomalyMeasure.Density });
        using var model = estimator.Fit(view);
        return SmallFlow.Scores(model, Tables.Vectors(fresh)).Average();
    }

    private static float[][] Table(string name, int rows, int seed)
    {
        var random = new Random(seed);
        if (name == "sorted")
        {
            return [.. Enumerable.Range(0, rows).Select(_ => Math.Exp(Normal(random))).Order().Select(x => new[] { (float)x, (float)(Math.Log(x) + Normal(random)) })];
        }

        // The second regime has another centre, another scale and another dependence.
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            var (u, v) = (Normal(random), Normal(random));
            return row < 0.7 * rows ? new[] { (float)u, (float)(u + v) } : [(float)(5 + (3 * u)), (float)(v - u)];
        })];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
