using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Tests;

/// <summary>Labels that ML.NET's evaluator refuses are met with the conversion that cures them, in training and in scoring.</summary>
[TestClass]
public sealed class LabelRemarkTests
{
    private const string Convert = "mlContext.Transforms.Conversion.ConvertType(\"Label\", outputKind: DataKind.Single)";

    private readonly MLContext _context = new(seed: 1);
    private readonly List<string> _warnings = [];

    [TestInitialize]
    public void Listen() => _context.Log += (_, message) =>
    {
        if (message.Kind == ChannelMessageKind.Warning)
        {
            _warnings.Add(message.RawMessage);
        }
    };

    [TestMethod]
    public void A_Boolean_label_is_told_how_to_become_one_that_can_be_evaluated()
    {
        var rows = Rows(row => new BooleanRow { Label = row < 10 });
        using var model = Fit(rows);
        StringAssert.Contains(_warnings.Single(), Convert);
        StringAssert.Contains(_warnings.Single(), "Boolean");

        _warnings.Clear();
        var scored = model.Transform(rows);
        StringAssert.Contains(_warnings.Single(), Convert);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.AnomalyDetection.Evaluate(scored));

        _warnings.Clear();
        var cure = _context.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single);
        var cured = cure.Fit(rows).Transform(rows);
        _ = _context.AnomalyDetection.Evaluate(model.Transform(cured));
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void A_label_of_text_is_told_to_map_its_values()
    {
        var rows = Rows(row => new TextRow { Label = row < 10 ? "anomaly" : "ordinary" });
        using var model = Fit(rows);
        StringAssert.Contains(_warnings.Single(), "Conversion.MapValue(\"Label\", new Dictionary<string, float> { [\"ordinary\"] = 0, [\"anomaly\"] = 1 })");

        _warnings.Clear();
        var cure = _context.Transforms.Conversion.MapValue("Label", new Dictionary<string, float> { ["ordinary"] = 0, ["anomaly"] = 1 });
        var cured = cure.Fit(rows).Transform(rows);
        _ = _context.AnomalyDetection.Evaluate(model.Transform(cured));
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void Views_without_a_label_are_left_in_peace()
    {
        using var model = Fit(_context.Transforms.DropColumns("Label").Fit(Rows(_ => new BooleanRow())).Transform(Rows(_ => new BooleanRow())));
        Assert.IsEmpty(_warnings);
    }

    private MongeAmpereFlowTransformer Fit(IDataView rows) =>
        _context.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options { MaxEpochs = 1, HiddenUnits = 8, Seed = 1 }).Fit(rows);

    private IDataView Rows<T>(Func<int, T> make)
        where T : Row => _context.Data.LoadFromEnumerable(Tables.Records(60).Select((record, row) =>
        {
            var made = make(row);
            made.Features = record.Features;
            return made;
        }));

    private abstract class Row
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }

    private sealed class BooleanRow : Row
    {
        public bool Label { get; set; }
    }

    private sealed class TextRow : Row
    {
        public string Label { get; set; } = "";
    }
}
