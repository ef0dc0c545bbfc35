using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>From the model back to data.</summary>
[TestClass]
public sealed class SampleDecodeTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Decoding_latent_codes_gives_the_rows_back()
    {
        var options = SmallFlow.Options();
        options.ScoringDepth = 12;
        using var model = SmallFlow.Fit(options);
        var data = Tables.View(_context, 50);
        var scored = model.Transform(data);
        var latent = Tables.Vectors(Tables.Column(scored, "Latent"), "Latent");
        var decoded = model.Decode(latent);

        CollectionAssert.AreEqual(new[] { "Latent", "Features" }, decoded.Schema.Select(column => column.Name).ToArray());
        Assert.AreEqual(scored.Schema["Features"].Type, decoded.Schema["Features"].Type);
        foreach (var (before, after) in Tables.Column(data, "Features").Zip(Tables.Column(decoded, "Features")))
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.AreEqual(before[i], after[i], 1e-3f);
            }
        }
    }

    [TestMethod]
    public void Samples_are_in_the_units_of_the_data()
    {
        var samples = SmallFlow.Fitted.Sample(4000, seed: 1);
        var rows = Tables.Column(samples, "Features");
        var data = Tables.Column(Tables.View(_context, 4000), "Features");

        Assert.AreEqual(4000, samples.GetRowCount());
        for (var i = 0; i < 3; i++)
        {
            Assert.AreEqual(data.Average(row => row[i]), rows.Average(row => row[i]), 0.4);
            Assert.AreEqual(Spread(data, i), Spread(rows, i), 0.3 * Spread(data, i));
        }

        Assert.HasCount(4000, SmallFlow.Scores(SmallFlow.Fitted, samples));
    }

    [TestMethod]
    public void Quantised_data_is_sampled_on_its_levels()
    {
        var options = SmallFlow.Options();
        options.Preprocessing = [new UniformDequantization(levels: 17), new Logit(), new Standardization()];
        var rows = Enumerable.Range(0, 100).Select(row => new float[] { row % 17, row % 5 }).ToArray();
        using var model = SmallFlow.Fit(options, data: Tables.Vectors(rows));
        foreach (var value in Flat(model.Sample(50, seed: 2)))
        {
            Assert.AreEqual(MathF.Round(value), value);
            Assert.IsTrue(value is >= 0 and <= 16);
        }
    }

    [TestMethod]
    public void The_seed_decides_the_sample()
    {
        var first = Flat(SmallFlow.Fitted.Sample(40, seed: 3));
        CollectionAssert.AreEqual(first, Flat(SmallFlow.Fitted.Sample(40, seed: 3)));
        CollectionAssert.AreNotEqual(first, Flat(SmallFlow.Fitted.Sample(40, seed: 4)));
        CollectionAssert.AreNotEqual(Flat(SmallFlow.Fitted.Sample(40)), Flat(SmallFlow.Fitted.Sample(40)));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(int.MaxValue)]
    public void A_number_of_samples_that_cannot_be_had_is_refused(int count) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallFlow.Fitted.Sample(count));

    private static float[] Flat(IDataView samples) => [.. Tables.Column(samples, "Features").SelectMany(row => row)];

    private static double Spread(float[][] rows, int i)
    {
        var mean = rows.Average(row => row[i]);
        return Math.Sqrt(rows.Average(row => (row[i] - mean) * (row[i] - mean)));
    }
}
