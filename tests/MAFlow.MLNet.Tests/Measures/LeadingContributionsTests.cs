using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>The features that contribute most to a row, by name.</summary>
[TestClass]
public sealed class LeadingContributionsTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void They_are_the_largest_contributions()
    {
        var options = Options(2);
        options.ContributionsColumnName = "All";
        using var model = Measured.Fit(options, Measured.Rows(100));
        using var loaded = Reloaded(model);
        var rows = Tables.Vectors(Measured.Unusual());
        foreach (var scored in new[] { model.Transform(rows), loaded.Transform(rows) })
        {
            var (all, leading, names) = (Tables.Column(scored, "All"), Tables.Column(scored, "LeadingContributions"), Names(scored));
            for (var row = 0; row < all.Length; row++)
            {
                if (all[row].Any(float.IsNaN))
                {
                    Assert.IsTrue(leading[row].All(float.IsNaN) && names[row].All(name => name == ""), $"row {row}");
                    continue;
                }

                CollectionAssert.AreEqual(all[row].OrderByDescending(Math.Abs).Take(2).ToArray(), leading[row], $"row {row}");
                CollectionAssert.AreEqual(names[row].Select(name => all[row][int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)]).ToArray(), leading[row]);
            }
        }
    }

    [TestMethod]
    public void They_have_the_names_of_the_input()
    {
        var data = _context.Data.LoadFromEnumerable(Measured.Rows(60).Select(row => new Row { A = row[0], B = row[2] }).Append(new Row { A = 0, B = 90 }));
        // More than there are features: all of them.
        using var model = _context.Transforms.Concatenate("Features", "A", "B")
            .Append(_context.AnomalyDetection.Trainers.MongeAmpereFlow(Options(5))).Fit(_context.Data.TakeRows(data, 60));
        CollectionAssert.AreEqual(new[] { "B", "A" }, Names(model.Transform(data))[^1]);
        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<NotSupportedException>(() => _context.Model.ConvertToOnnx(model, data, stream));
        StringAssert.Contains(error.Message, "'LeadingFeatures'");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options(0)));
    }

    private static MongeAmpereFlowTrainer.Options Options(int count)
    {
        var options = Measured.Options(AnomalyMeasure.Density);
        options.LeadingContributions = count;
        return options;
    }

    private static string[][] Names(IDataView scored) =>
        [.. scored.GetColumn<VBuffer<ReadOnlyMemory<char>>>("LeadingFeatures").Select(names => names.DenseValues().Select(name => name.ToString()).ToArray())];

    private MongeAmpereFlowTransformer Reloaded(MongeAmpereFlowTransformer model)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, Tables.Vectors(Measured.Rows(1)).Schema, stream);
        stream.Position = 0;
        return (MongeAmpereFlowTransformer)_context.Model.Load(stream, out _);
    }

    private sealed class Row
    {
        public float A { get; set; }

        public float B { get; set; }
    }
}
