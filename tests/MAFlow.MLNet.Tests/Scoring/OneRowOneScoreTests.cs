using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>A row has one score, bit for bit, whatever rows it comes with and whichever way it comes.</summary>
[TestClass]
public sealed class OneRowOneScoreTests
{
    private static readonly Lazy<MongeAmpereFlowTransformer> _perceptron = new(() =>
    {
        var options = SmallFlow.Options();
        options.Potential = context => new MlpPotential(context.Dimension, [8], Activation.Softplus, context.Generator);
        return SmallFlow.Fit(options);
    });

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void The_company_of_a_row_does_not_change_its_numbers(bool byTensors)
    {
        var model = byTensors ? _perceptron.Value : SmallFlow.Fitted;
        Assert.AreEqual(byTensors, ManagedScorer.Of(new PlainTensorModel(model.Model)) is null);
        Gen.Float[-6, 6].Array[3].Array[1, 90].Sample(
            rows =>
            {
                var whole = Numbers(model, rows);
                var split = rows.Length / 3;
                var parts = Numbers(model, rows[..split]).Concat(Numbers(model, rows[split..])).ToArray();
                var alone = rows.Take(5).SelectMany(row => Numbers(model, [row])).ToArray();
                var reversed = Numbers(model, [.. rows.Reverse()]).Reverse().ToArray();
                CollectionAssert.AreEqual(whole, parts);
                CollectionAssert.AreEqual(whole, reversed);
                CollectionAssert.AreEqual(whole[..alone.Length], alone);
            },
            iter: byTensors ? 30 : 150, threads: 1);
    }

    [TestMethod]
    public void An_engine_gives_the_very_numbers_of_the_view()
    {
        var context = new MLContext(seed: 1);
        var records = Tables.Records(40);
        var scores = SmallFlow.Scores(SmallFlow.Fitted, context.Data.LoadFromEnumerable(records));
        using var engine = context.Model.CreatePredictionEngine<Record, Scored>(
            SmallFlow.Fitted, new PredictionEngineOptions { OwnsTransformer = false });
        CollectionAssert.AreEqual(scores, records.Select(record => engine.Predict(record).Score).ToArray());
    }

    [TestMethod]
    public void A_frequent_row_has_one_label()
    {
        // Of 500 rows with eight values every one is ordinary: none may turn into an anomaly because it is asked for alone.
        var random = new Random(1);
        var rows = Enumerable.Range(0, 500).Select(_ => new float[] { random.Next(8) }).ToArray();
        var context = new MLContext(seed: 1);
        using var model = context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { Seed = 1, MaxEpochs = 3 }).Fit(Tables.Vectors(rows));
        var table = Labels(model, rows);
        for (var value = 0; value < 8; value++)
        {
            var place = Array.FindIndex(rows, row => row[0] == value);
            Assert.AreEqual(table[place], Labels(model, [[value]])[0], $"value {value}");
            Assert.IsFalse(table[place], $"value {value} is an anomaly");
        }
    }

    private static (float Score, string Latent)[] Numbers(MongeAmpereFlowTransformer model, float[][] rows)
    {
        if (rows.Length == 0)
        {
            return [];
        }

        var scored = model.Transform(Tables.Vectors(rows));
        return [.. SmallFlow.Read(scored).Zip(Tables.Column(scored, "Latent").Select(latent => string.Join(' ', latent.Select(BitConverter.SingleToInt32Bits))))];
    }

    private static bool[] Labels(MongeAmpereFlowTransformer model, float[][] rows) =>
        [.. model.Transform(Tables.Vectors(rows)).GetColumn<bool>("PredictedLabel")];

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
