using Microsoft.ML;
using Options = MAFlow.MLNet.MongeAmpereFlowEstimator.Options;

namespace MAFlow.MLNet.Tests;

/// <summary>Whatever is wrong with the input, the message says what was expected, what came, and what to do.</summary>
[TestClass]
public sealed class BadInputTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Missing_column()
    {
        var data = Tables.View(_context, 5);
        var estimator = _context.Transforms.MongeAmpereFlow("Latent", "Pixels");
        foreach (var action in new Action[] { () => estimator.Fit(data), () => estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema)) })
        {
            Expect<ArgumentOutOfRangeException>(action, "Could not find input column 'Pixels'", "Features, Label, Name");
        }

        var other = _context.Data.LoadFromEnumerable(new[] { new { Name = "a" } });
        Expect<ArgumentOutOfRangeException>(() => SmallFlow.Fitted.Transform(other), "Could not find input column 'Features'");
        Expect<ArgumentOutOfRangeException>(() => SmallFlow.Fitted.GetOutputSchema(other.Schema), "Could not find input column 'Features'");
        Expect<ArgumentOutOfRangeException>(() => ((ITransformer)SmallFlow.Fitted).GetRowToRowMapper(other.Schema), "Could not find input column 'Features'");
        Expect<ArgumentOutOfRangeException>(() => SmallFlow.Fitted.Decode(data), "Could not find input column 'Latent'");
    }

    [TestMethod]
    [DataRow("Label", "Single")]
    [DataRow("Name", "String")]
    [DataRow("Pair", "Vector<Double>")]
    [DataRow("Words", "VarVector<String>")]
    public void Wrong_type_or_unknown_size(string column, string got)
    {
        var data = Tables.View(_context, 5);
        var estimator = _context.Transforms.MongeAmpereFlow("Latent", column);
        var expected = $"Schema mismatch for input column '{column}': expected known-size vector of Single, got ";
        Expect<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema)), expected + got, "SchemaDefinition");
        Expect<ArgumentOutOfRangeException>(() => estimator.Fit(data), expected);
    }

    [TestMethod]
    public void Changed_vector_size()
    {
        var wider = Tables.Vectors([1, 2, 3, 4]);
        Expect<ArgumentOutOfRangeException>(() => SmallFlow.Fitted.Transform(wider),
            "Schema mismatch for input column 'Features': expected Vector<Single, 3>, got Vector<Single, 4>");
        var options = SmallFlow.Options();
        options.ValidationData = wider;
        Expect<ArgumentOutOfRangeException>(() => SmallFlow.Fit(options), "expected Vector<Single, 3>, got Vector<Single, 4>");
    }

    [TestMethod]
    public void Vectors_of_another_size_than_the_schema_promises()
    {
        var data = _context.Data.LoadFromEnumerable(new[] { new Record { Features = [1, 2, 3] }, new Record { Features = [1, 2] } });
        Expect<InvalidOperationException>(() => SmallFlow.Scores(SmallFlow.Fitted, data), "Column 'Features' promises vectors of 3 numbers, but row 1 has 2");
    }

    [TestMethod]
    public void Empty_data() => Expect<InvalidOperationException>(
        () => SmallFlow.Fit(SmallFlow.Options(), data: Tables.View(_context, 0)), "Empty data in column 'Features'", "at least one row");

    [TestMethod]
    public void Fewer_rows_than_a_batch() => Expect<InvalidOperationException>(
        () => SmallFlow.Fit(SmallFlow.Options(), data: Tables.View(_context, 30)),
        "at least one batch of 32", "got 27 after 3 were set aside", "Lower BatchSize to 27");

    [TestMethod]
    public void More_rows_than_an_array_holds()
    {
        var data = new CountingView(Tables.View(_context, 5)) { ClaimedRows = 1L << 40 };
        Expect<InvalidOperationException>(() => SmallFlow.Fit(SmallFlow.Options(), data: data), "at most 715827863 rows of 3 numbers in column 'Features'", "TakeRows");
        Assert.AreEqual(0, data.RowsRead);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Missing_or_infinite_values(float bad)
    {
        var records = Tables.Records(200);
        records[17].Features[1] = bad;
        records[90].Features[0] = bad;
        Expect<InvalidOperationException>(() => SmallFlow.Fit(SmallFlow.Options(), data: _context.Data.LoadFromEnumerable(records)),
            "2 of its 200 rows", "first row 17", "ReplaceMissingValues(\"Features\")");
    }

    [TestMethod]
    public void Pixels_outside_the_declared_range()
    {
        var options = SmallFlow.Options();
        options.Preprocessing = [new UniformDequantization(levels: 17), new Logit()];
        var rows = Enumerable.Range(0, 100).Select(row => new float[] { row % 17, row % 5 }).ToArray();
        using var model = SmallFlow.Fit(options, data: Tables.Vectors(rows));
        var trainer = _context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { Preprocessing = options.Preprocessing, MaxRows = 50, MaxEpochs = 1, Seed = 1 });
        for (var row = 40; row < 60; row++)
        {
            // Rows are divided at random, into training rows and others, before anything looks at them.
            rows[row][1] = 300;
            Expect<ArgumentException>(
                () => SmallFlow.Fit(options, data: Tables.Vectors(rows)), "Column 'Features'", $"got 300 in row {row},", "UniformDequantization");
            rows[row][1] = 1;
        }

        // The sample of 50 comes from anywhere in the table, and all but the first hundred are bad.
        var sampled = Assert.Throws<ArgumentException>(() => trainer.Fit(Tables.Vectors([.. rows, .. Enumerable.Repeat(new float[] { 1, 300 }, 900)])));
        StringAssert.Matches(sampled.Message, new(@"^Column 'Features': .* got 300 in row [1-9]\d\d,"));
    }

    [TestMethod]
    public void A_row_of_those_that_set_the_threshold_is_named_before_training()
    {
        var rows = Enumerable.Range(0, 700).Select(row => new float[] { row % 17, row % 5 }).ToArray();
        var progress = new Counting();
        var trainer = _context.AnomalyDetection.Trainers.MongeAmpereFlow(new()
        {
            Preprocessing = [new UniformDequantization(levels: 17), new Logit()], MaxSteps = 1, Seed = 1, Progress = progress,
        });
        for (var row = 0; row < 30; row++)
        {
            // Of 700 rows one in nine sets the threshold.
            rows[row][1] = 20;
            Expect<ArgumentException>(() => trainer.Fit(Tables.Vectors(rows)), "Column 'Features'", $"got 20 in row {row},");
            rows[row][1] = 1;
        }

        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void What_the_caller_throws_is_not_about_a_column()
    {
        var mine = new ArgumentException("mine");
        var options = SmallFlow.Options();
        options.Potential = _ => throw mine;
        Assert.AreSame(mine, Assert.ThrowsExactly<ArgumentException>(() => SmallFlow.Fit(options)));

        options.Potential = context => new MlpPotential(context.Dimension + 1, [4], Activation.Softplus, context.Generator);
        var error = Assert.ThrowsExactly<ArgumentException>(() => SmallFlow.Fit(options));
        StringAssert.StartsWith(error.Message, "Expected a potential on 3 coordinates");

        options.Potential = null;
        options.Progress = new Throwing(mine);
        Assert.AreSame(mine, Assert.ThrowsExactly<ArgumentException>(() => SmallFlow.Fit(options)));
    }

    [TestMethod]
    public void A_seed_among_the_options_of_training_is_refused() => Expect<ArgumentException>(
        () => SmallFlow.Estimator(new Options { Training = new() { Seed = 5 } }), "got 5 in Training.Seed", "set Seed");

    [TestMethod]
    public void A_constant_feature()
    {
        var rows = Tables.Records(100).Select(record => new[] { record.Features[0], 5f }).ToArray();
        Expect<ArgumentException>(() => SmallFlow.Fit(SmallFlow.Options(), data: Tables.Vectors(rows)), "Column 'Features'", "constant");
    }

    [TestMethod]
    public void A_GPU_that_is_not_there()
    {
        var options = SmallFlow.Options();
        options.GpuDeviceId = 31;
        var data = new CountingView(Tables.View(_context, 200));
        Expect<InvalidOperationException>(() => SmallFlow.Fit(options, data: data), "31");
        Assert.AreEqual(0, data.Cursors);

        options.FallbackToCpu = true;
        using var model = SmallFlow.Fit(options);
        Assert.AreEqual(TorchSharp.DeviceType.CPU, model.Model.Flow.Potential.parameters().First().device_type);
    }

    [TestMethod]
    public void A_GPU_asked_for_by_the_context()
    {
        var context = new MLContext(seed: 1) { GpuDeviceId = 31 };
        Expect<InvalidOperationException>(() => SmallFlow.Fit(SmallFlow.Options(), context), "31");
        context.FallbackToCpu = true;
        using var model = SmallFlow.Fit(SmallFlow.Options(), context);
        Assert.AreEqual(TorchSharp.DeviceType.CPU, model.Model.Flow.Potential.parameters().First().device_type);
    }

    public static IEnumerable<object[]> OutOfRange => new (string, Action<Options>)[]
    {
        ("HiddenUnits", options => options.HiddenUnits = 0),
        ("Parts", options => options.Parts = 0),
        ("DepthTolerance", options => options.Training = new() { DepthTolerance = 0 }),
        ("Depth", options => options.Depth = 0),
        ("ScoringDepth", options => options.ScoringDepth = 0),
        ("Horizon", options => options.Model = new() { Flow = new() { Horizon = double.NaN } }),
        ("HiddenUnits", options => (options.HiddenUnits, options.Model) = (null, new() { HiddenUnits = 0 })),
        ("DirectionLength", options => options.Model = new() { DirectionLength = 0 }),
        ("MaxDepth", options => options.Training = new() { MaxDepth = 0 }),
        ("MaxEpochs", options => options.MaxEpochs = -1),
        ("BatchSize", options => options.Training = new() { BatchSize = 0 }),
        ("LearningRate", options => options.LearningRate = 0),
        ("WeightDecay", options => options.Training = new() { WeightDecay = -1 }),
        ("MaxGradientNorm", options => options.Training = new() { MaxGradientNorm = 0 }),
        ("AverageDecay", options => options.Training = new() { AverageDecay = 1 }),
        ("ValidationFraction", options => options.Training = new() { ValidationFraction = 0.6 }),
        ("Patience", options => options.Training = new() { Patience = 0 }),
        ("TimeLimit", options => options.Training = new() { TimeLimit = TimeSpan.Zero }),
        ("Contamination", options => options.Contamination = 0.7),
        ("ScoringBatchSize", options => options.ScoringBatchSize = 0),
        ("GpuDeviceId", options => options.GpuDeviceId = -1),
    }.Select(pair => new object[] { pair.Item1, pair.Item2 });

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void Options_out_of_range_fail_at_construction(string name, Action<Options> spoil)
    {
        var options = SmallFlow.Options();
        spoil(options);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallFlow.Estimator(options));
        Assert.AreEqual(name, error.ParamName);
        StringAssert.Contains(error.Message, "Expected");
        StringAssert.Contains(error.Message, "got");
    }

    [TestMethod]
    public void Two_columns_of_one_name() => Expect<ArgumentException>(
        () => SmallFlow.Estimator(new Options { ScoreColumnName = "LogLikelihood" }), "'LogLikelihood' twice");

    [TestMethod]
    public void Options_changed_later_do_not_reach_the_estimator()
    {
        var options = SmallFlow.Options();
        var estimator = SmallFlow.Estimator(options);
        options.Training = options.Training! with { BatchSize = 100000 };
        options.HiddenUnits = 0;
        using var model = estimator.Fit(Tables.View(_context, 200));
        Assert.HasCount(3, model.Report!.History);
    }

    private static void Expect<T>(Action action, params string[] parts)
        where T : Exception
    {
        var error = Assert.Throws<T>(action);
        foreach (var part in parts)
        {
            StringAssert.Contains(error.Message, part);
        }
    }

    private sealed class Counting : IProgress<TrainingProgress>
    {
        public int Reports { get; private set; }

        public void Report(TrainingProgress value) => Reports++;
    }

    private sealed class Throwing(Exception error) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => throw error;
    }
}
