using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>P-values are ranks among rows that neither the weights nor the end of the training have seen.</summary>
[TestClass]
public sealed class PValueTests
{
    private const int Features = 12, FreshRows = 4000;

    [TestMethod]
    [DataRow(700, 78, AnomalyMeasure.Density)]
    [DataRow(700, 78, AnomalyMeasure.LatentNeighbours)]
    [DataRow(700, 78, AnomalyMeasure.Neighbours)]
    [DataRow(700, 78, AnomalyMeasure.Combined)]
    [DataRow(240, 40, AnomalyMeasure.Combined)]
    public void The_p_values_of_fresh_ordinary_rows_are_uniform(int rows, int calibrationRows, AnomalyMeasure measure)
    {
        var context = new MLContext(seed: 1);
        var random = new Random(3);
        // Few rows, many weights and no decay: rows that were trained on would score far lower than fresh ones.
        using var model = context.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options
        {
            MaxEpochs = 40, HiddenUnits = 64, LearningRate = 0.03, Seed = 1, Measure = measure,
        }).Fit(Ordinary(random, rows));
        var p = model.Transform(Ordinary(random, FreshRows)).GetColumn<float>("PValue").Order().ToArray();
        Assert.AreEqual(1 + calibrationRows, 1 / SmallestStep(p), 0.01);

        // Kolmogorov's distance from the steps k/(n + 1), within what the sampling of both sets leaves open at 1%.
        var distance = Enumerable.Range(1, calibrationRows).Max(k =>
        {
            var level = k / (calibrationRows + 1.0);
            return Math.Abs(p.Count(value => value <= level + 1e-6) / (double)FreshRows - level);
        });
        Assert.IsLessThan(1.63 * Math.Sqrt((1.0 / calibrationRows) + (1.0 / FreshRows)), distance);
    }

    [TestMethod]
    [DataRow(16, 16)]
    [DataRow(99, 99)]
    [DataRow(100, 33)]
    [DataRow(333, 111)]
    public void Few_held_out_rows_serve_twice_and_many_are_divided(int heldOut, int stopping) =>
        Assert.AreEqual(stopping, TableDefaults.StoppingRows(heldOut));

    [TestMethod]
    [DataRow(5f, 0.2f)]
    [DataRow(4f, 0.4f)]
    [DataRow(0f, 1f)]
    [DataRow(2.5f, 0.6f)]
    [DataRow(float.NaN, float.NaN)]
    public void A_p_value_counts_the_rows_that_score_as_high(float score, float expected) =>
        Assert.AreEqual(expected, HeldOutRank.PValue([1, 2, 3, 4], score));

    private static double SmallestStep(float[] sorted) =>
        sorted.Zip(sorted.Skip(1), (low, high) => (double)high - low).Where(step => step > 1e-6).Min();

    private static IDataView Ordinary(Random random, int rows) =>
        Tables.Vectors([.. Enumerable.Range(0, rows).Select(_ => Row(random))]);

    private static float[] Row(Random random)
    {
        var common = Normal(random);
        return [.. Enumerable.Range(0, Features).Select(i => (float)((i % 2 == 0 ? common : common * common / 2) + (0.7 * Normal(random))))];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
