using MAFlow.Tests;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>P-values of each measure are exact: over many splits, fresh ordinary rows have p ≤ α as often as the ranks say.</summary>
[TestClass]
public sealed class MeasureCalibrationTests
{
    private const int Rows = 640, FreshRows = 200, Features = 6;

    private static IEnumerable<object[]> Measures => Measured.All;

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void Few_splits(AnomalyMeasure measure) => Calibrated(measure, splits: 15);

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    [DynamicData(nameof(Measures))]
    public void Two_hundred_splits(AnomalyMeasure measure) => Calibrated(measure, splits: 200);

    private static void Calibrated(AnomalyMeasure measure, int splits)
    {
        double[] levels = [0.01, 0.05, 0.1];
        var shares = levels.Select(_ => new List<double>()).ToArray();
        // 106 rows are held out, of which 35 end the training: p-values are multiples of 1/72.
        var calibration = TableDefaults.HeldOutRows(Rows) - TableDefaults.StoppingRows(TableDefaults.HeldOutRows(Rows));
        for (var split = 0; split < splits; split++)
        {
            var random = new Random(split);
            var options = Measured.Options(measure);
            // Few rows, many weights: what was trained on is nearer and more probable than fresh rows.
            (options.MaxEpochs, options.HiddenUnits, options.LearningRate, options.Seed, options.ScoringBatchSize) = (4, 32, 0.03, split, 256);
            using var model = Measured.Fit(options, Draw(random, Rows));
            float[] p = [.. model.Transform(Tables.Vectors(Draw(random, FreshRows))).GetColumn<float>("PValue")];
            for (var i = 0; i < levels.Length; i++)
            {
                shares[i].Add(p.Count(value => value <= levels[i] + 1e-6) / (double)FreshRows);
            }
        }

        for (var i = 0; i < levels.Length; i++)
        {
            var due = Math.Floor((levels[i] * (calibration + 1)) + 1e-9) / (calibration + 1);
            // The share of one split is a beta-binomial number: of the rank among the held-out scores, and of fresh rows.
            var deviation = Math.Sqrt(due * (1 - due) * ((1.0 / (calibration + 2)) + (1.0 / FreshRows)));
            Assert.AreEqual(due, shares[i].Average(), 1e-9 + (4 * deviation / Math.Sqrt(splits)), $"level {levels[i]}");
        }
    }

    private static float[][] Draw(Random random, int rows) => [.. Enumerable.Range(0, rows).Select(_ =>
    {
        var common = Normal(random);
        return Enumerable.Range(0, Features).Select(i => (float)((i % 2 == 0 ? common : common * common / 2) + (0.7 * Normal(random)))).ToArray();
    })];

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
