using System.Globalization;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Densities that depend on a context in model files of ML.NET, and in ONNX.</summary>
[TestClass]
public sealed class ContextFileTests
{
    private readonly MLContext _context = new(seed: 1);
    private string _folder = "";

    [TestInitialize]
    public void Start() => _folder = Directory.CreateTempSubdirectory("contexts").FullName;

    [TestCleanup]
    public void End() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void A_loaded_model_gives_the_same_numbers_bit_for_bit()
    {
        var data = SmallContexts.View(50);
        using var loaded = (MongeAmpereFlowTransformer)new MLContext().Model.Load(Saved(SmallContexts.Fitted, data), out _);
        CollectionAssert.AreEqual(SmallFlow.Scores(SmallContexts.Fitted, data), SmallFlow.Scores(loaded, data));
        CollectionAssert.AreEqual(Drawn(SmallContexts.Fitted, data), Drawn(loaded, data));
        Assert.AreEqual((SmallContexts.Fitted.Threshold, "Context"), (loaded.Threshold, loaded.ContextColumnName));
    }

    /// <summary>The other process maps no libtorch, scores in a view and in a PredictionEngine, and gives the bits of this one.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Another_process_scores_it_without_libtorch()
    {
        var rows = SmallContexts.Rows(40, seed: 21);
        (rows[3].Context[0], rows[5].Features[1]) = (float.NaN, float.PositiveInfinity);
        var (file, lines) = (Saved(SmallContexts.Fitted, SmallContexts.View(rows)), Path.Combine(_folder, "rows.txt"));
        File.WriteAllLines(lines, rows.Select(row => string.Join(' ', row.Features.Concat(row.Context).Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
        string[] expected = [.. GivenLines.Of(SmallContexts.Fitted, lines, 2)];
        Assert.HasCount(80, expected);
        CollectionAssert.AreEqual(expected, LoadHost.Run(file, lines, "given", "2").Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [TestMethod]
    public void ONNX_gives_the_same_numbers()
    {
        var rows = SmallContexts.Rows(500, seed: 22);
        (rows[3].Context[0], rows[4].Context[1], rows[5].Features[1]) = (float.NaN, float.NegativeInfinity, float.PositiveInfinity);
        (rows[6].Features[0], rows[7].Context[0], rows[8].Features[0]) = (float.NaN, 1e20f, 1e6f);
        var data = SmallContexts.View(rows);
        var shape = new FeatureMatrixView(new FeatureMatrix(new float[4], 1, 4), ("Features", 2), ("Context", 2));
        using var onnx = new OnnxModel(_context, SmallContexts.Fitted, shape);
        (string, Array, int)[] inputs =
        [
            ("Features", rows.SelectMany(row => row.Features).ToArray(), 2), ("Context", rows.SelectMany(row => row.Context).ToArray(), 2),
        ];
        var expected = SmallContexts.Predictions(SmallContexts.Fitted, data);
        var numbers = onnx.Run<float>(["LogLikelihood", "Score", "Latent"], inputs);
        Close([.. expected.Select(row => row.LogLikelihood)], numbers[0]);
        Close([.. expected.Select(row => row.Score)], numbers[1]);
        Close([.. expected.SelectMany(row => row.Latent)], numbers[2]);
        CollectionAssert.AreEqual(expected.Select(row => row.PredictedLabel).ToArray(), onnx.Run<bool>(["PredictedLabel"], inputs)[0]);
    }

    [TestMethod]
    public void Drawn_rows_are_not_exported_to_ONNX()
    {
        var drawn = SmallContexts.Fitted.Sample(SmallContexts.View(3), "Drawn", seed: 1);
        var step = _context.Transforms.NormalizeMinMax("Drawn").Fit(drawn);
        using var stream = new MemoryStream();
        Assert.Contains("Drawn rows cannot be exported", Assert.ThrowsExactly<NotSupportedException>(
            () => _context.Model.ConvertToOnnx(step, drawn, stream)).Message);
    }

    private string Saved(ITransformer model, IDataView data)
    {
        var file = Path.Combine(_folder, Path.GetRandomFileName());
        _context.Model.Save(model, data.Schema, file);
        return file;
    }

    private static float[] Drawn(MongeAmpereFlowTransformer model, IDataView data) =>
        [.. Tables.Column(model.Sample(data, "Drawn", seed: 5), "Drawn").SelectMany(row => row)];

    private static void Close(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            if (float.IsFinite(expected[i]))
            {
                Assert.AreEqual(expected[i], actual[i], 2e-5 * Math.Max(1, Math.Abs(expected[i])), $"Number {i}.");
            }
            else
            {
                Assert.AreEqual(expected[i], actual[i], $"Number {i}.");
            }
        }
    }
}
