using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MAFlow.MLNet.Tests;

/// <summary>The trainer in the catalog of anomaly detection.</summary>
[TestClass]
public sealed class AnomalyTrainerTests
{
    private static readonly Lazy<MongeAmpereFlowTransformer> _fitted =
        new(() => new MLContext(seed: 1).AnomalyDetection.Trainers.MongeAmpereFlow(Options()).Fit(Tables.View(new MLContext(seed: 1), 400)));

    private readonly MLContext _context = new(seed: 1);

    private static MongeAmpereFlowTrainer.Options Options() =>
        new() { MaxEpochs = 3, HiddenUnits = 8, Seed = 1, Contamination = 0.1, ContributionsColumnName = "Contributions" };

    [TestMethod]
    public void The_columns_are_those_that_are_documented()
    {
        var schema = _fitted.Value.Transform(Tables.View(_context, 5)).Schema;
        Assert.AreEqual(NumberDataViewType.Single, schema["Score"].Type);
        Assert.AreEqual(BooleanDataViewType.Instance, schema["PredictedLabel"].Type);
        Assert.AreEqual(NumberDataViewType.Single, schema["LogLikelihood"].Type);
        Assert.AreEqual(NumberDataViewType.Single, schema["PValue"].Type);
        Assert.IsNull(schema.GetColumnOrNull("Latent"));
    }

    [TestMethod]
    public void A_shape_promises_what_the_schema_keeps()
    {
        var data = Named(Tables.Records(60));
        var trainer = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options());
        var chain = _context.Transforms.Concatenate("Features", "A", "B").Append(trainer);
        using var model = chain.Fit(data);
        var schema = model.GetOutputSchema(data.Schema);
        foreach (var promised in chain.GetOutputSchema(MlNetInternals.Shape(data.Schema)))
        {
            var column = schema[promised.Name];
            Assert.AreEqual(promised.Annotations.Any(annotation => annotation.Name == "SlotNames"), column.HasSlotNames(), promised.Name);
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Contributions"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(new[] { "A", "B" }, names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void Contamination_can_be_changed_after_loading()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        var data = Tables.View(_context, 100);
        try
        {
            _context.Model.Save(_fitted.Value, data.Schema, file);
            using var loaded = (MongeAmpereFlowTransformer)new MLContext().Model.Load(file, out _);
            using var stricter = loaded.WithContamination(0.4);
            Assert.AreEqual(_fitted.Value.Threshold, loaded.Threshold);
            Assert.IsLessThan(loaded.Threshold, stricter.Threshold);
            foreach (var column in (string[])["Score", "PValue", "LogLikelihood"])
            {
                CollectionAssert.AreEqual(_fitted.Value.Transform(data).GetColumn<float>(column).ToArray(), loaded.Transform(data).GetColumn<float>(column).ToArray());
            }

            CollectionAssert.AreEqual(Contributions(_fitted.Value, data), Contributions(loaded, data));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.ThrowsExactly<InvalidOperationException>(() => SmallFlow.Fitted.WithContamination(0.1));
        Assert.ThrowsExactly<InvalidOperationException>(() => _fitted.Value.Decode(data));
    }

    [TestMethod]
    [DataRow(100, 1, false)]
    [DataRow(999, 4, false)]
    [DataRow(1_000, 8, false)]
    [DataRow(1_000, 4, true)]
    public void Parts_and_depth_follow_from_the_rows(int rows, int parts, bool isSmooth)
    {
        var (model, training) = TableDefaults.Choose(rows, features: 10, isSmooth);
        var defaults = new DensityTrainerOptions();
        Assert.AreEqual(parts, model.Parts);
        Assert.IsGreaterThanOrEqualTo(parts, model.Flow.Depth);
        Assert.AreEqual((defaults.DepthTolerance, defaults.MaxDepth), (training.DepthTolerance, training.MaxDepth));
    }

    [TestMethod]
    public void Contributions_point_at_the_feature_that_is_strange()
    {
        var records = Tables.Records(20, seed: 5);
        foreach (var record in records)
        {
            record.Features = [record.Features[0], record.Features[1], 60];
        }

        foreach (var row in Tables.Column(_fitted.Value.Transform(_context.Data.LoadFromEnumerable(records)), "Contributions"))
        {
            Assert.IsGreaterThan(Math.Abs(row[0]), row[2]);
            Assert.IsGreaterThan(Math.Abs(row[1]), row[2]);
        }
    }

    [TestMethod]
    public void Contributions_are_computed_for_those_who_read_them()
    {
        var options = Options();
        options.Potential = context => new CoshPotential(context.Dimension);
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Tables.View(_context, 60));
        var scored = model.Transform(Tables.View(_context, 20));
        CoshPotential.Differentiated = 0;
        Assert.HasCount(20, scored.GetColumn<float>("Score").ToArray());
        Assert.AreEqual(0, CoshPotential.Differentiated);
        Assert.HasCount(20, Tables.Column(scored, "Contributions"));
        Assert.IsGreaterThan(0, CoshPotential.Differentiated);

        var row = _context.Data.CreateEnumerable<Record>(Tables.View(_context, 1), reuseRowObject: false).Single();
        using var engine = _context.Model.CreatePredictionEngine<Record, Scored>(model, new PredictionEngineOptions { OwnsTransformer = false });
        CoshPotential.Differentiated = 0;
        Assert.IsTrue(float.IsFinite(engine.Predict(row).Score));
        Assert.AreEqual(0, CoshPotential.Differentiated);
    }

    [TestMethod]
    public void Contributions_are_not_computed_for_steps_behind_the_flow_that_read_something_else()
    {
        var options = Options();
        options.Potential = context => new CoshPotential(context.Dimension);
        var data = Tables.View(_context, 60);
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options)
            .Append(_context.Transforms.CopyColumns("Copy", "Score")).Append(_context.Transforms.CopyColumns("Why", "Contributions")).Fit(data);
        var scored = model.Transform(data);
        using var engine = _context.Model.CreatePredictionEngine<Record, Copied>(model, new PredictionEngineOptions { OwnsTransformer = false });
        CoshPotential.Differentiated = 0;
        Assert.HasCount(60, scored.GetColumn<float>("Copy").ToArray());
        Assert.HasCount(30, _context.Data.FilterRowsByColumn(scored, "Number", 0, 30 / 8.0).GetColumn<float>("Score").ToArray());
        Assert.HasCount(60, _context.Data.ShuffleRows(scored, 1).GetColumn<float>("PValue").ToArray());
        Assert.IsTrue(float.IsFinite(engine.Predict(Tables.Records(1)[0]).Copy));
        Assert.AreEqual(0, CoshPotential.Differentiated);
        Assert.HasCount(60, Tables.Column(scored, "Why"));
        Assert.IsGreaterThan(0, CoshPotential.Differentiated);
    }

    [TestMethod]
    public void Contributions_are_read_wherever_a_caller_has_switched_gradients_off()
    {
        using var file = new MemoryStream();
        var data = Tables.View(_context, 30);
        var expected = Contributions(_fitted.Value, data);
        _context.Model.Save(_fitted.Value, data.Schema, file);
        foreach (var off in new Func<IDisposable>[] { () => torch.no_grad(), () => torch.inference_mode() })
        {
            using var switched = off();
            CollectionAssert.AreEqual(expected, Contributions(_fitted.Value, data));
            using var loaded = (MongeAmpereFlowTransformer)_context.Model.Load(file, out _);
            Assert.HasCount(30, SmallFlow.Scores(loaded, data));
            CollectionAssert.AreEqual(expected, Contributions(loaded, data));
        }

        Assert.IsTrue(torch.is_grad_enabled());
        CollectionAssert.AreEqual(expected, Contributions(_fitted.Value, data));
    }

    [TestMethod]
    public void Quantised_features_have_contributions()
    {
        var random = new Random(3);
        var rows = Enumerable.Range(0, 120).Select(_ => new float[] { random.Next(17), random.Next(5, 9) }).ToArray();
        var options = Options();
        options.Preprocessing = [new UniformDequantization(levels: 17), new Logit()];
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Tables.Vectors(rows));
        var contributions = Contributions(model, Tables.Vectors(rows[..10]));
        Assert.IsTrue(contributions.All(float.IsFinite));
        Assert.IsTrue(contributions.All(value => value != 0), string.Join(' ', contributions));
    }

    [TestMethod]
    public void The_evaluator_of_ML_NET_takes_the_columns()
    {
        var records = Tables.Records(60, seed: 4, label: row => row < 10 ? 1 : 0);
        foreach (var anomaly in records.Take(10))
        {
            anomaly.Features = [anomaly.Features[0], anomaly.Features[1] - 20, anomaly.Features[2]];
        }

        var metrics = _context.AnomalyDetection.Evaluate(_fitted.Value.Transform(_context.Data.LoadFromEnumerable(records)), falsePositiveCount: 1);
        Assert.AreEqual(1, metrics.AreaUnderRocCurve, 1e-9);
    }

    [TestMethod]
    public void Tables_that_would_stop_others_are_learnt()
    {
        var random = new Random(1);
        float[] Row(int row) => [4, 0, row % 2, (float)Math.Exp(3 * random.NextDouble()), row % 5, row % 5, 1e6f * row];
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options()).Fit(Tables.Vectors([.. Enumerable.Range(0, 60).Select(Row)]));
        var test = Tables.Vectors(Row(3), [5, 0, 1, 3, 2, 2, 1e6f], [4, 0, 0.3f, 3, 1.7f, 9, -1e9f]);
        Assert.IsTrue(SmallFlow.Scores(model, test).All(float.IsFinite));
    }

    [TestMethod]
    [DataRow(10, 1)]
    [DataRow(12, 300)]
    [DataRow(100, 1)]
    [DataRow(500, 2)]
    public void Tables_of_any_shape_are_learnt(int rows, int features)
    {
        var random = new Random(2);
        float[] Row() => [.. Enumerable.Range(0, features).Select(_ => random.NextSingle())];
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options()).Fit(Tables.Vectors([.. Enumerable.Range(0, rows).Select(_ => Row())]));
        var far = Row();
        far[0] = 1e30f;
        var scores = SmallFlow.Scores(model, Tables.Vectors(Row(), far));
        Assert.IsTrue(scores.All(float.IsFinite));
        Assert.IsGreaterThan(scores[0], scores[1]);
    }

    [TestMethod]
    public void A_table_of_constants_only_is_learnt()
    {
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options()).Fit(Tables.Vectors([.. Enumerable.Repeat(new[] { 1e12f, 0, 0.3f }, 40)]));
        var scores = SmallFlow.Scores(model, Tables.Vectors([1e12f, 0, 0.3f], [1e12f, 1, 0.3f], [1e12f, 0, 0.9f]));
        Assert.IsGreaterThan(scores[0], scores[1]);
        Assert.IsGreaterThan(scores[0], scores[2]);
    }

    [TestMethod]
    public void The_time_limit_is_kept()
    {
        var options = new MongeAmpereFlowTrainer.Options { MaxSeconds = 1, Seed = 1 };
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Tables.View(_context, 5000));
        Assert.AreEqual(MAFlow.Torch.Training.StopReason.TimeLimit, model.Report!.StopReason);
        Assert.IsLessThan(6, model.Report.Elapsed.TotalSeconds);
    }

    [TestMethod]
    public void Bad_options_and_tables_are_refused()
    {
        var trainers = _context.AnomalyDetection.Trainers;
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MongeAmpereFlow(contamination: 0.7));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MongeAmpereFlow(maxSeconds: 0));
        Assert.ThrowsExactly<InvalidOperationException>(() => trainers.MongeAmpereFlow().Fit(Tables.View(_context, 9)));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainers.MongeAmpereFlow().Fit(Tables.Vectors([float.NaN], [1])));
        StringAssert.Contains(error.Message, "ReplaceMissingValues(\"Features\")");
    }

    [TestMethod]
    public void A_sample_of_a_long_table_is_kept()
    {
        var sample = FeatureReader.Sample(Tables.Vectors([.. Enumerable.Range(0, 1000).Select(row => new float[] { row })]), "Features", 100, seed: 1);
        Assert.AreEqual(100, sample.Rows);
        Assert.HasCount(100, sample.Values.Distinct());
        Assert.AreEqual(500, sample.Values.Average(), 100);
    }

    [TestMethod]
    public void As_many_rows_are_learnt_from_as_the_options_allow()
    {
        var options = Options();
        (options.MaxRows, options.PValueColumnName) = (60, "p");
        var counted = new CountingView(Tables.View(_context, 3000));
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(counted);
        Assert.AreEqual(3000, counted.RowsRead);
        // A quarter of the 60, at most 15, is held out: p-values are multiples of 1/16.
        var p = model.Transform(Tables.View(_context, 50)).GetColumn<float>("p").Select(value => value * 16);
        Assert.IsTrue(p.All(value => Math.Abs(value - MathF.Round(value)) < 1e-4f));
        options.MaxRows = 9;
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.AnomalyDetection.Trainers.MongeAmpereFlow(options));
    }

    private IDataView Named(IEnumerable<Record> records) =>
        _context.Data.LoadFromEnumerable(records.Select(record => new NamedRow { A = record.Features[0], B = record.Features[1] }));

    private static float[] Contributions(MongeAmpereFlowTransformer model, IDataView data) =>
        [.. Tables.Column(model.Transform(data), "Contributions").SelectMany(row => row)];

    private sealed class Scored
    {
        public float Score { get; set; }
    }

    private sealed class Copied
    {
        public float Copy { get; set; }
    }

    private sealed class NamedRow
    {
        public float A { get; set; }

        public float B { get; set; }
    }
}
