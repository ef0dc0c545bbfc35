using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>What every measure has to keep: one score whichever way a row comes, before and behind a file, here and in ONNX.</summary>
[TestClass]
public sealed class MeasureConformanceTests
{
    private static readonly string[] _numbers = ["Score", "LogLikelihood", "PValue"];
    private static readonly byte[] _signature = [.. "MAFLOW\0\0"u8];
    private readonly MLContext _context = new(seed: 1);

    private static IEnumerable<object[]> Measures => Measured.All;

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void Scores_are_numbers_unless_values_are_missing_or_infinite(AnomalyMeasure measure)
    {
        var model = Measured.By(measure);
        Assert.AreEqual(measure, model.Measure);
        var rows = Measured.Unusual();
        var scored = model.Transform(Tables.Vectors(rows));
        var (scores, p, flags) = (SmallFlow.Read(scored), Numbers(scored, "PValue"), scored.GetColumn<bool>("PredictedLabel").ToArray());
        for (var row = 0; row < rows.Length; row++)
        {
            var isMissing = rows[row].Any(float.IsNaN);
            Assert.AreEqual(isMissing, float.IsNaN(scores[row]), $"row {row}");
            Assert.AreEqual(isMissing, float.IsNaN(p[row]), $"row {row}");
            Assert.AreEqual(!isMissing && rows[row].Any(float.IsInfinity), float.IsPositiveInfinity(scores[row]), $"row {row}");
            Assert.AreEqual(scores[row] > model.Threshold, flags[row], $"row {row}");
        }

        Assert.IsTrue(flags[11] && flags[20] && flags[21] && flags[22]);
        CollectionAssert.AreEqual(
            Numbers(Measured.By(AnomalyMeasure.Density).Transform(Tables.Vectors(rows)), "LogLikelihood"), Numbers(scored, "LogLikelihood"));
    }

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void Managed_code_and_tensors_agree(AnomalyMeasure measure)
    {
        var model = Measured.By(measure);
        var rows = Measured.Rows(100, seed: 3);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var encoded = model.Model.Encode(new FeatureMatrix([.. rows.SelectMany(row => row)], 100, 3).ToTensor());
        var batch = new MappedBatch(3) { Vectors = TensorRows.ToArray(encoded.Z), LogLikelihoods = TensorRows.ToArray(encoded.LogProb) };
        var expected = model.Ranking?.Scores([.. rows.SelectMany(row => row)], 100, batch) ?? [.. batch.LogLikelihoods.Select(value => -value)];
        var actual = SmallFlow.Scores(model, Tables.Vectors(rows));
        for (var row = 0; row < rows.Length; row++)
        {
            Assert.AreEqual(expected[row], actual[row], 1e-4 * Math.Max(1, Math.Abs(expected[row])), $"row {row}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void A_family_that_tensors_alone_can_score(AnomalyMeasure measure)
    {
        var options = Measured.Options(measure);
        options.Potential = context => new MlpPotential(context.Dimension, [8], Activation.Softplus, context.Generator);
        using var model = Measured.Fit(options, Measured.Rows(200));
        Assert.IsNull(ManagedScorer.Of(new PlainTensorModel(model.Model)));
        var rows = Measured.Unusual();
        var scores = SmallFlow.Scores(model, Tables.Vectors(rows));
        for (var row = 0; row < rows.Length; row += 4)
        {
            Assert.AreEqual(scores[row], SmallFlow.Scores(model, Tables.Vectors(rows[row]))[0], $"row {row}");
        }

        using var loaded = Reloaded(model);
        CollectionAssert.AreEqual(scores, SmallFlow.Scores(loaded, Tables.Vectors(rows)));
    }

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void A_file_keeps_every_bit_and_an_engine_gives_them(AnomalyMeasure measure)
    {
        var (model, rows) = (Measured.By(measure), Measured.Unusual());
        using var loaded = Reloaded(model);
        using var again = Reloaded(loaded);
        Assert.AreEqual((measure, model.Threshold), (loaded.Measure, loaded.Threshold));
        var expected = ScoredLines.Of(model, Tables.Vectors(rows)).ToArray();
        CollectionAssert.AreEqual(expected, ScoredLines.Of(loaded, Tables.Vectors(rows)).ToArray());
        CollectionAssert.AreEqual(expected, ScoredLines.Of(again, Tables.Vectors(rows)).ToArray());
        // The first half is of the view, the second of the engine.
        CollectionAssert.AreEqual(expected[..rows.Length], expected[rows.Length..]);
    }

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void Onnx_runtime_gives_the_same(AnomalyMeasure measure)
    {
        var (model, rows) = (Measured.By(measure), Tables.Vectors(Measured.Unusual()));
        using var onnx = new OnnxModel(_context, model, rows);
        var scored = model.Transform(rows);
        var columns = onnx.Run<float>(_numbers, ("Features", Measured.Unusual().SelectMany(row => row).ToArray(), 3));
        for (var k = 0; k < _numbers.Length; k++)
        {
            var expected = Numbers(scored, _numbers[k]);
            for (var row = 0; row < expected.Length; row++)
            {
                Assert.IsTrue(
                    float.IsFinite(expected[row])
                        ? Math.Abs(expected[row] - columns[k][row]) <= 1e-5 * Math.Max(1, Math.Abs(expected[row]))
                        : expected[row].Equals(columns[k][row]),
                    $"{_numbers[k]} of row {row}: expected {expected[row]}, got {columns[k][row]}");
            }
        }
    }

    [TestMethod]
    public void A_model_without_its_measure_is_refused()
    {
        var bytes = Saved(Measured.By(AnomalyMeasure.Combined));
        using var stream = new MemoryStream();
        stream.Write(bytes);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            archive.Entries.Single(entry => entry.Name == "Measure").Delete();
        }

        stream.Position = 0;
        var error = Assert.Throws<Exception>(() => _context.Model.Load(stream, out _)).GetBaseException();
        StringAssert.Contains(error.Message, "an entry 'Measure', got none");
    }

    [TestMethod]
    public void The_density_alone_is_saved_in_the_format_of_version_one_that_old_programs_read()
    {
        Assert.AreEqual(0x00010001u, Readable(Measured.By(AnomalyMeasure.Density)));
        Assert.AreEqual(0x00010002u, Readable(Measured.By(AnomalyMeasure.Combined)));

        uint Readable(MongeAmpereFlowTransformer model)
        {
            using var archive = new ZipArchive(new MemoryStream(Saved(model)));
            foreach (var entry in archive.Entries)
            {
                using var content = new MemoryStream();
                using (var source = entry.Open())
                {
                    source.CopyTo(content);
                }

                // ML.NET's header, little-endian: signature of the model, version that wrote it, version that it takes to read it.
                var bytes = content.ToArray();
                if (bytes.AsSpan().IndexOf(_signature) is var place and >= 0)
                {
                    return BitConverter.ToUInt32(bytes, place + 12);
                }
            }

            throw new AssertFailedException("No entry has the signature.");
        }
    }

    [TestMethod]
    public void Bad_options_are_refused()
    {
        var trainers = _context.AnomalyDetection.Trainers;
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MongeAmpereFlow(new() { Measure = (AnomalyMeasure)9 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MongeAmpereFlow(new() { Neighbours = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MongeAmpereFlow(new() { Neighbours = 101 }));
        // More neighbours than there are other rows: all of them.
        var options = Measured.Options(AnomalyMeasure.Neighbours);
        options.Neighbours = 100;
        using var model = Measured.Fit(options, Measured.Rows(20));
        Assert.IsTrue(SmallFlow.Scores(model, Tables.Vectors(Measured.Rows(5))).All(float.IsFinite));
    }

    private static float[] Numbers(IDataView view, string column) => [.. view.GetColumn<float>(column)];

    private byte[] Saved(MongeAmpereFlowTransformer model)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, Tables.Vectors(Measured.Rows(1)).Schema, stream);
        return stream.ToArray();
    }

    private MongeAmpereFlowTransformer Reloaded(MongeAmpereFlowTransformer model) =>
        (MongeAmpereFlowTransformer)new MLContext().Model.Load(new MemoryStream(Saved(model)), out _);
}
