using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>What ML.NET's converter makes of a pipeline with a flow gives the library's numbers in ONNX Runtime.</summary>
[TestClass]
public sealed class OnnxExportTests
{
    private const int Rows = 10_000;
    private readonly MLContext _context = new(seed: 1);

    private static IEnumerable<object[]> Preprocessings =>
    [
        ["standardisation", new BijectionFit[] { new Standardization() }],
        ["whitening", new BijectionFit[] { new AffineGaussianization() }],
        ["tails", new BijectionFit[] { new Smoothing(), new TailCompression(0.5), new AffineGaussianization(shrinkage: null) }],
        ["mixtures", new BijectionFit[] { new MarginalGaussianization(5) }],
        ["logit", new BijectionFit[] { new Logit() }],
        ["histograms", new BijectionFit[] { new HistogramGaussianization(8, 30) }],
    ];

    [TestMethod]
    public void The_trainer()
    {
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Trainer()).Fit(Data(400, 1));
        var rows = Data(Rows, 2, isSpoilt: true);
        Agree(model, rows, model.Transform(rows));
        using var loaded = Reloaded(model, rows);
        Agree(loaded, rows, loaded.Transform(rows));
    }

    [TestMethod]
    [DynamicData(nameof(Preprocessings))]
    public void The_transform_with_each_preprocessing(string name, BijectionFit[] preprocessing)
    {
        var isUnit = name is "logit" or "histograms";
        var options = SmallFlow.Options();
        options.Preprocessing = preprocessing;
        using var model = SmallFlow.Fit(options, _context, Data(400, 1, isUnit: isUnit));
        var rows = Data(Rows, 2, isSpoilt: true, isUnit);
        Agree(model, rows, model.Transform(rows), "Latent");
    }

    [TestMethod]
    public void One_hot_encoding_concatenation_and_normalisation_before_it()
    {
        var pipeline = _context.Transforms.Categorical.OneHotEncoding("Kind")
            .Append(_context.Transforms.NormalizeMeanVariance("Scaled", "Numbers"))
            .Append(_context.Transforms.Concatenate("Features", "Scaled", "Kind"))
            .Append(_context.AnomalyDetection.Trainers.MongeAmpereFlow(Trainer()));
        using var model = pipeline.Fit(_context.Data.LoadFromEnumerable(Payments(400, 1, isSpoilt: false)));
        var payments = Payments(Rows, 2, isSpoilt: true);
        var data = _context.Data.LoadFromEnumerable(payments);
        using var onnx = new OnnxModel(_context, model, data);
        (string, Array, int)[] inputs =
        [
            ("Numbers", payments.SelectMany(payment => payment.Numbers).ToArray(), 3),
            ("Kind", payments.Select(payment => payment.Kind).ToArray(), 1),
        ];
        Agree(model.Transform(data), onnx.Run<float>(["Score", "LogLikelihood", "PValue"], inputs), onnx.Run<bool>(["PredictedLabel"], inputs)[0]);
    }

    [TestMethod]
    public void ML_NET_applies_the_exported_model()
    {
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Trainer()).Fit(Data(400, 1));
        var rows = Data(Rows, 2, isSpoilt: true);
        using var onnx = new OnnxModel(_context, model, rows);
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, onnx.Bytes);
        string[] columns = ["Score", "LogLikelihood", "PValue", "PredictedLabel"];
        using (var applied = _context.Transforms.ApplyOnnxModel([.. columns.Select(column => column + ".output")], ["Features"], path).Fit(rows))
        {
            var scored = applied.Transform(rows);
            float[][] numbers = [.. columns[..3].Select(column => scored.GetColumn<VBuffer<float>>(column).Select(value => value.GetItemOrDefault(0)).ToArray())];
            bool[] labels = [.. scored.GetColumn<VBuffer<bool>>("PredictedLabel").Select(value => value.GetItemOrDefault(0))];
            Agree(model.Transform(rows), numbers, labels);
        }

        File.Delete(path);
    }

    [TestMethod]
    public void A_step_behind_the_flow_reads_its_columns()
    {
        using var model = SmallFlow.Estimator(context: _context).Append(_context.Transforms.NormalizeMinMax("Scaled", "Latent")).Fit(Data(400, 1));
        var rows = Data(100, 2);
        using var onnx = new OnnxModel(_context, model, rows);
        var scaled = Tables.Column(model.Transform(rows), "Scaled").SelectMany(row => row).ToArray();
        Close(scaled, onnx.Run<float>(["Scaled"], Input(rows))[0], 1e-5, "Scaled");
    }

    private static MongeAmpereFlowTrainer.Options Trainer() => new()
    {
        // Of a combined score, a rank may differ where two rows measure the same to the last digits.
        MaxEpochs = 5, HiddenUnits = 16, Seed = 1, Measure = AnomalyMeasure.Density,
    };

    private static (string Name, Array Values, int Width) Input(IDataView rows) =>
        ("Features", Tables.Column(rows, "Features").SelectMany(row => row).ToArray(), 3);

    private void Agree(ITransformer model, IDataView rows, IDataView scored, string? latent = null)
    {
        using var onnx = new OnnxModel(_context, model, rows);
        var input = Input(rows);
        string[] columns = latent is null ? ["Score", "LogLikelihood", "PValue"] : ["Score", "LogLikelihood"];
        Agree(scored, onnx.Run<float>(columns, input), onnx.Run<bool>(["PredictedLabel"], input)[0]);
        if (latent is not null)
        {
            Close([.. Tables.Column(scored, latent).SelectMany(row => row)], onnx.Run<float>([latent], input)[0], 1e-5, latent);
        }
    }

    private static void Agree(IDataView scored, float[][] numbers, bool[] labels)
    {
        string[] names = ["Score", "LogLikelihood", "PValue"];
        for (var k = 0; k < numbers.Length; k++)
        {
            Close([.. scored.GetColumn<float>(names[k])], numbers[k], k == 2 ? 1e-6 : 1e-5, names[k]);
        }

        bool[] expected = [.. scored.GetColumn<bool>("PredictedLabel")];
        CollectionAssert.AreEqual(expected, labels);
        Assert.IsTrue(expected.Contains(true) && expected.Contains(false));
        Assert.IsTrue(expected.Length < Rows || numbers[0].Any(float.IsNaN));
    }

    /// <summary>Relative to the number, or to 1 where it is smaller; what is no number is the same.</summary>
    private static void Close(float[] expected, float[] actual, double tolerance, string what)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            var isClose = float.IsFinite(expected[i])
                ? Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i]))
                : expected[i].Equals(actual[i]);
            Assert.IsTrue(isClose, $"{what} of row {i}: expected {expected[i]}, got {actual[i]}");
        }
    }

    private MongeAmpereFlowTransformer Reloaded(ITransformer model, IDataView rows)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, rows.Schema, stream);
        stream.Position = 0;
        return (MongeAmpereFlowTransformer)_context.Model.Load(stream, out _);
    }

    private static IDataView Data(int rows, int seed, bool isSpoilt = false, bool isUnit = false)
    {
        float[][] vectors = [.. Tables.Records(rows, seed).Select(record => isUnit
            ? [.. record.Features.Select(value => 1 / (1 + MathF.Exp(-value)))]
            : record.Features)];
        return Tables.Vectors(isSpoilt ? Spoilt(vectors) : vectors);
    }

    private static float[][] Spoilt(float[][] rows)
    {
        float[] unusual = [float.NaN, 1e6f, -1e4f, float.PositiveInfinity, 50, float.NegativeInfinity, 1e30f];
        for (var row = 0; row < rows.Length; row += 10)
        {
            rows[row][row / 10 % 3] = unusual[row / 10 % unusual.Length];
        }

        return rows;
    }

    private static Payment[] Payments(int rows, int seed, bool isSpoilt)
    {
        var records = Tables.Records(rows, seed);
        float[][] numbers = [.. records.Select(record => record.Features)];
        numbers = isSpoilt ? Spoilt(numbers) : numbers;
        return [.. numbers.Select((values, row) => new Payment { Numbers = values, Kind = "abc"[row % 3].ToString() })];
    }

    private sealed class Payment
    {
        [VectorType(3)]
        public float[] Numbers { get; set; } = [];

        public string Kind { get; set; } = "";
    }
}
