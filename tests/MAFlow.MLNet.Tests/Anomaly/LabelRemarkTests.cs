using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Labels that ML.NET's evaluator refuses are met once, in scoring, with a cure that works.</summary>
[TestClass]
public sealed class LabelRemarkTests
{
    private const int Anomalies = 10;
    private static readonly Lazy<byte[]> _model = new(Save);

    private readonly MLContext _context = new(seed: 1);
    private readonly List<string> _warnings;

    public LabelRemarkTests() => _warnings = Warnings.Of(_context);

    [TestMethod]
    [DataRow(nameof(Row.Single))]
    [DataRow(nameof(Row.KeyOfTwo))]
    [DataRow(nameof(Row.KeyOfTwoInBytes))]
    public void What_the_evaluator_takes_is_left_in_peace(string label)
    {
        using var model = Load();
        var metrics = _context.AnomalyDetection.Evaluate(model.Transform(Rows(label)));
        Assert.IsEmpty(_warnings);

        // The second value of a key is that of anomalies.
        var expected = _context.AnomalyDetection.Evaluate(model.Transform(Rows(nameof(Row.Single))));
        Assert.AreEqual(expected.AreaUnderRocCurve, metrics.AreaUnderRocCurve);
        Assert.AreNotEqual(1 - expected.AreaUnderRocCurve, metrics.AreaUnderRocCurve);
    }

    [TestMethod]
    [DataRow(nameof(Row.Boolean))]
    [DataRow(nameof(Row.Double))]
    [DataRow(nameof(Row.Int32))]
    [DataRow(nameof(Row.UInt32))]
    [DataRow(nameof(Row.Byte))]
    public void Numbers_and_truths_are_converted(string label) => Cured(
        label, "ConvertType(\"Label\", outputKind: DataKind.Single)", _context.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single));

    [TestMethod]
    public void Texts_are_mapped() => Cured(
        nameof(Row.Text), "MapValue(\"Label\", new Dictionary<string, float> { [\"ordinary\"] = 0, [\"anomaly\"] = 1 })",
        _context.Transforms.Conversion.MapValue("Label", new Dictionary<string, float> { ["ordinary"] = 0, ["anomaly"] = 1 }));

    [TestMethod]
    public void Keys_of_other_numbers_of_values_are_mapped() => Cured(
        nameof(Row.KeyOfThree), "MapValue(\"Label\", new Dictionary<UInt32, float> { [1] = 0, [2] = 1 }), naming all of them, counted from 1",
        _context.Transforms.Conversion.MapValue("Label", new Dictionary<uint, float> { [1] = 0, [2] = 1, [3] = 1 }));

    [TestMethod]
    public void Keys_that_are_stored_in_bytes_are_mapped_from_bytes() => Cured(
        nameof(Row.KeyInBytes), "new Dictionary<Byte, float> { [1] = 0, [2] = 1 }",
        _context.Transforms.Conversion.MapValue("Label", new Dictionary<byte, float> { [1] = 0, [2] = 1, [3] = 1 }));

    [TestMethod]
    public void Of_vectors_a_number_is_computed() => Cured(
        nameof(Row.Vector), "mlContext.Transforms.CustomMapping",
        _context.Transforms.CustomMapping<VectorLabel, SingleLabel>((vector, single) => single.Label = vector.Label[0], contractName: null));

    [TestMethod]
    public void It_is_said_once_for_a_model_and_not_before_rows_are_scored()
    {
        var options = new MongeAmpereFlowTrainer.Options { MaxEpochs = 1, HiddenUnits = 8, Seed = 1, Contamination = 0.2 };
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Rows(nameof(Row.Boolean)));
        Assert.IsEmpty(_warnings);
        _ = model.Transform(Rows(nameof(Row.Single)));
        Assert.IsEmpty(_warnings);
        _ = model.Transform(Rows(nameof(Row.Boolean)));
        _ = model.Transform(Rows(nameof(Row.Text)));
        using var other = model.WithThreshold(1);
        _ = other.Transform(Rows(nameof(Row.Boolean)));
        Assert.HasCount(1, _warnings);
    }

    [TestMethod]
    public void Views_without_a_label_are_left_in_peace()
    {
        using var model = Load();
        _ = model.Transform(Tables.Vectors([0, 1, 2]));
        Assert.IsEmpty(_warnings);
    }

    private void Cured(string label, string words, IEstimator<ITransformer> cure)
    {
        using var model = Load();
        var rows = Rows(label);
        var scored = model.Transform(rows);
        StringAssert.Contains(_warnings.Single(), words);
        StringAssert.Contains(_warnings.Single(), $"got {rows.Schema["Label"].Type}.");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.AnomalyDetection.Evaluate(scored));

        _warnings.Clear();
        using var unwarned = Load();
        var cured = unwarned.Transform(cure.Fit(rows).Transform(rows));
        Assert.IsEmpty(_warnings);
        _ = _context.AnomalyDetection.Evaluate(cured);
        Assert.AreEqual(Anomalies, cured.GetColumn<float>("Label").Count(value => value > 0));
    }

    private MongeAmpereFlowTransformer Load() => (MongeAmpereFlowTransformer)_context.Model.Load(new MemoryStream(_model.Value), out _);

    private IDataView Rows(string label)
    {
        var rows = _context.Data.LoadFromEnumerable(Tables.Records(60).Select((record, row) => Row.Of(record.Features, row < Anomalies)));
        return _context.Transforms.CopyColumns("Label", label).Append(_context.Transforms.SelectColumns("Features", "Label")).Fit(rows).Transform(rows);
    }

    private static byte[] Save()
    {
        var context = new MLContext(seed: 1);
        var rows = Tables.View(context, 60);
        using var model = context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { MaxEpochs = 1, HiddenUnits = 8, Seed = 1 }).Fit(rows);
        using var stream = new MemoryStream();
        context.Model.Save(model, rows.Schema, stream);
        return stream.ToArray();
    }

    private sealed class Row
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];

        public float Single { get; set; }

        public bool Boolean { get; set; }

        public double Double { get; set; }

        public int Int32 { get; set; }

        public uint UInt32 { get; set; }

        public byte Byte { get; set; }

        public string Text { get; set; } = "";

        [KeyType(2)]
        public uint KeyOfTwo { get; set; }

        [KeyType(2)]
        public byte KeyOfTwoInBytes { get; set; }

        [KeyType(3)]
        public uint KeyOfThree { get; set; }

        [KeyType(3)]
        public byte KeyInBytes { get; set; }

        [VectorType(2)]
        public float[] Vector { get; set; } = [];

        public static Row Of(float[] features, bool isAnomaly)
        {
            var number = isAnomaly ? 1 : 0;
            return new()
            {
                Features = features, Single = number, Boolean = isAnomaly, Double = number, Int32 = number, UInt32 = (uint)number,
                Byte = (byte)number, Text = isAnomaly ? "anomaly" : "ordinary", Vector = [number, 0],
                KeyOfTwo = (uint)number, KeyOfTwoInBytes = (byte)number, KeyOfThree = (uint)number, KeyInBytes = (byte)number,
            };
        }
    }

    private sealed class VectorLabel
    {
        [VectorType(2)]
        public float[] Label { get; set; } = [];
    }

    private sealed class SingleLabel
    {
        public float Label { get; set; }
    }
}
