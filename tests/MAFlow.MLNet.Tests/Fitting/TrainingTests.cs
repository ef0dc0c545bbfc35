using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Seeds, log, progress and cancellation of a fit.</summary>
[TestClass]
public sealed class TrainingTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void The_same_seed_gives_the_same_numbers_bit_for_bit()
    {
        var data = Tables.View(_context, 200);
        using var again = SmallFlow.Fit(SmallFlow.Options(), new MLContext(seed: 99), data);
        CollectionAssert.AreEqual(SmallFlow.Scores(SmallFlow.Fitted, data), SmallFlow.Scores(again, data));
        Assert.AreEqual(SmallFlow.Fitted.Threshold, again.Threshold);

        var options = SmallFlow.Options();
        options.Seed = 2;
        using var other = SmallFlow.Fit(options, data: data);
        CollectionAssert.AreNotEqual(SmallFlow.Scores(SmallFlow.Fitted, data), SmallFlow.Scores(other, data));
    }

    [TestMethod]
    public void Without_a_seed_of_its_own_a_fit_takes_that_of_the_context()
    {
        var data = Tables.View(_context, 100);
        var options = SmallFlow.Options();
        (options.Seed, options.MaxEpochs) = (null, 1);
        using var first = SmallFlow.Fit(options, new MLContext(seed: 5), data);
        using var second = SmallFlow.Fit(options, new MLContext(seed: 5), data);
        using var other = SmallFlow.Fit(options, new MLContext(seed: 6), data);
        CollectionAssert.AreEqual(SmallFlow.Scores(first, data), SmallFlow.Scores(second, data));
        CollectionAssert.AreNotEqual(SmallFlow.Scores(first, data), SmallFlow.Scores(other, data));
    }

    [TestMethod]
    public void Each_epoch_is_one_message_in_the_log_of_the_context()
    {
        var messages = new List<LoggingEventArgs>();
        var context = new MLContext(seed: 1);
        context.Log += (_, message) => messages.Add(message);
        using var model = SmallFlow.Fit(SmallFlow.Options(), context);

        var epochs = messages.Where(message => message.RawMessage.StartsWith("Epoch ", StringComparison.Ordinal)).ToList();
        Assert.HasCount(3, epochs);
        StringAssert.Matches(epochs[1].RawMessage,
            new(@"^Epoch 2 of 3: negative log-likelihood -?[\d.]+ nats, validation -?[\d.]+, learning rate [\d.E-]+, \d+ s left$"));
        Assert.IsTrue(epochs.All(message => message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Info
            && message.Source.Contains(nameof(MongeAmpereFlowEstimator), StringComparison.Ordinal)));
    }

    [TestMethod]
    public void The_log_says_what_the_start_did_and_the_option_turns_it_off()
    {
        var messages = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, message) => messages.Add(message.RawMessage);
        using var model = SmallFlow.Fit(SmallFlow.Options(), context);
        var told = messages.Where(message => message.StartsWith("Start without simulation: ", StringComparison.Ordinal)).ToList();
        Assert.AreEqual($"Start without simulation: {model.Report!.Start}.", told.Single());

        messages.Clear();
        var options = SmallFlow.Options();
        options.Start = StartMode.None;
        using var without = SmallFlow.Fit(options, context);
        Assert.IsNull(without.Report!.Start);
        Assert.IsFalse(messages.Any(message => message.Contains("start without", StringComparison.OrdinalIgnoreCase)));
    }

    [TestMethod]
    public void Progress_reaches_the_listener()
    {
        var options = SmallFlow.Options();
        var listener = new Listener(_ => { });
        options.Progress = listener;
        using var model = SmallFlow.Fit(options);
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, listener.Heard.Where(progress => progress.IsRoundEnd).Select(progress => progress.Current.Round).ToArray());
    }

    [TestMethod]
    public void A_cancellation_token_ends_the_training()
    {
        using var source = new CancellationTokenSource();
        var options = SmallFlow.Options();
        var listener = new Listener(_ => source.Cancel());
        (options.CancellationToken, options.Progress) = (source.Token, listener);
        Assert.Throws<OperationCanceledException>(() => SmallFlow.Fit(options));
        Assert.IsLessThan(3, listener.Heard.Count(progress => progress.IsRoundEnd));
    }

    [TestMethod]
    public void Cancelling_the_context_ends_the_training()
    {
        var context = new MLContext(seed: 1);
        var options = SmallFlow.Options();
        var listener = new Listener(_ => MlNetCancellation.Cancel(context));
        options.Progress = listener;
        Assert.Throws<OperationCanceledException>(() => SmallFlow.Fit(options, context));
        Assert.IsLessThan(3, listener.Heard.Count(progress => progress.IsRoundEnd));
    }

    [TestMethod]
    public void Cancelling_the_context_ends_the_scoring()
    {
        var context = new MLContext(seed: 1);
        using var model = SmallFlow.Fit(SmallFlow.Options(), context);
        MlNetCancellation.Cancel(context);
        Assert.Throws<OperationCanceledException>(() => SmallFlow.Scores(model, Tables.Vectors([1, 2, 3])));
    }

    [TestMethod]
    public void A_cancelled_training_goes_on_from_its_checkpoint()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var source = new CancellationTokenSource();
            var options = SmallFlow.Options();
            (options.Training, options.CancellationToken) = (options.Training! with { CheckpointPath = file }, source.Token);
            options.Progress = new Listener(progress => { if (progress.Current.Round == 2)
            {
                source.Cancel();
            } });
            Assert.Throws<OperationCanceledException>(() => SmallFlow.Fit(options));

            (options.Progress, options.CancellationToken) = (null, default);
            using var model = SmallFlow.Fit(options);
            var data = Tables.View(_context, 50);
            CollectionAssert.AreEqual(SmallFlow.Scores(SmallFlow.Fitted, data), SmallFlow.Scores(model, data));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void What_the_preprocessing_remarks_on_is_a_warning_in_the_log()
    {
        var context = new MLContext(seed: 1);
        var warnings = Warnings.Of(context);
        var rows = Tables.Records(200).Select(record => new[] { record.Features[0], record.Features[1], record.Features[0] }).ToArray();
        using var model = SmallFlow.Fit(SmallFlow.Options(), context, Tables.Vectors(rows));
        Assert.HasCount(1, warnings);
        StringAssert.Contains(warnings[0], "singular");
    }

    [TestMethod]
    public void Each_remark_of_the_training_is_one_warning_in_order_and_a_depth_at_its_limit_is_one_of_them()
    {
        var context = new MLContext(seed: 1);
        var warnings = Warnings.Of(context);
        var options = SmallFlow.Options();
        // A rate at which φ leaves rest for good, so that no two depths agree by chance.
        var lively = options.Training! with { DepthTolerance = 1e-12, MaxDepth = 4, LearningRate = 0.1 };
        (options.Depth, options.MaxEpochs, options.Training) = (1, 10, lively);
        using var model = SmallFlow.Fit(options, context);
        CollectionAssert.AreEqual(model.Report!.Remarks.ToArray(), warnings);
        Assert.IsFalse(model.Report.IsConverged);
        Assert.AreEqual(4, model.Report.Depth);
        StringAssert.Contains(warnings[0], "refined to");
        StringAssert.Contains(warnings[^1], "MaxDepth is 4");
    }

    [TestMethod]
    public void A_depth_that_proves_too_small_is_doubled_and_that_of_scoring_with_it()
    {
        var data = Tables.View(_context, 50);
        var options = SmallFlow.Options();
        (options.Depth, options.ScoringDepth, options.Training) = (1, 2, options.Training! with { DepthTolerance = 1e-12, MaxDepth = 8 });
        using var model = SmallFlow.Fit(options);
        Assert.IsGreaterThan(1, model.Report!.Depth);
        using var points = TorchSharp.torch.tensor(Tables.Column(data, "Features").SelectMany(row => row).ToArray(), [50, 3]);
        foreach (var (byTensors, score) in model.Model.At(2 * model.Report.Depth).LogProb(points).neg().data<double>().ToArray().Zip(SmallFlow.Scores(model, data)))
        {
            Assert.AreEqual(byTensors, score, 1e-5);
        }
    }

    [TestMethod]
    public void Validation_rows_can_be_given()
    {
        var options = SmallFlow.Options();
        var validation = new CountingView(Tables.View(_context, 120, seed: 8));
        options.ValidationData = validation;
        using var model = SmallFlow.Fit(options);
        Assert.AreEqual(120, validation.RowsRead);
        Assert.IsNotNull(model.Report!.BestValidationNll);
    }

    [TestMethod]
    public void Rows_set_aside_and_rows_kept_are_all_the_rows()
    {
        var all = Enumerable.Range(0, 50).Select(row => new float[] { row, -row }).ToArray();
        var (kept, aside) = FeatureReader.Read(Tables.Vectors(all), "Features").SetAside(10, seed: 3);
        Assert.AreEqual(40, kept.Rows);
        Assert.AreEqual(10, aside!.Rows);
        var rows = kept.Values[..80].Concat(aside.Values).Chunk(2).OrderBy(row => row[0]).ToArray();
        for (var row = 0; row < 50; row++)
        {
            CollectionAssert.AreEqual(all[row], rows[row]);
        }
    }

    [TestMethod]
    public void Rows_are_read_whatever_their_number_turns_out_to_be()
    {
        var rows = Enumerable.Range(0, 3000).Select(row => new Record { Features = [row, 0, 1] });
        var matrix = FeatureReader.Read(_context.Data.LoadFromEnumerable(rows), "Features");
        Assert.AreEqual(3000, matrix.Rows);
        for (var row = 0; row < 3000; row++)
        {
            Assert.AreEqual(row, matrix.Values[3 * row]);
        }
    }

    private sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Heard { get; } = [];

        public void Report(TrainingProgress value)
        {
            Heard.Add(value);
            heard(value);
        }
    }
}
