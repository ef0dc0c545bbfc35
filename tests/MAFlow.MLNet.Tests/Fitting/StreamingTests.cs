using System.Diagnostics;
using MAFlow.Tests;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Fits that read the table again for every epoch.</summary>
[TestClass]
public sealed class StreamingTests
{
    private const int Rows = 12_000;
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_streamed_table_teaches_what_it_does_in_memory(bool transform)
    {
        var data = Shuffled(Rows);
        var fresh = Tables.Vectors([.. Enumerable.Range(Rows, 3_000).Select(LazyTable.Row)]);
        double[] Nll(bool streaming) => [.. Enumerable.Range(1, 3).Select(seed =>
        {
            using var model = Fit(transform, streaming, data, seed);
            return (double)SmallFlow.Scores(model, fresh).Average();
        })];
        var (memory, streamed) = (Nll(false), Nll(true));
        var noise = Math.Max(0.01, Math.Max(memory.Max() - memory.Min(), streamed.Max() - streamed.Min()));
        var difference = Math.Abs(memory.Average() - streamed.Average());
        Assert.IsTrue(difference <= noise && noise <= 0.3, $"{string.Join(" ", memory)} | {string.Join(" ", streamed)}");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Equal_seeds_give_equal_fits(bool transform)
    {
        var data = Shuffled(1_000);
        float[] Scores()
        {
            using var model = Fit(transform, true, data, seed: 3, steps: 50);
            return SmallFlow.Scores(model, data);
        }

        CollectionAssert.AreEqual(Scores(), Scores());
    }

    [TestMethod]
    public void A_pass_reads_each_row_once_and_none_that_is_held_out()
    {
        var data = new CountingView(Shuffled(1_000));
        var heldOut = new HashSet<long> { 0, 17, 999 };
        var stream = new FeatureStream(data, "Features", LazyTable.Features, 1_000, heldOut, []);
        Assert.AreEqual(997, stream.Count);
        for (var pass = 1; pass <= 2; pass++)
        {
            var seen = new List<long>();
            var rows = 0L;
            foreach (var chunk in stream.Pass((_, numbers) => seen.AddRange(numbers), CancellationToken.None))
            {
                rows += chunk.shape[0];
            }

            Assert.AreEqual(997, rows);
            CollectionAssert.AreEqual(Enumerable.Range(0, 1_000).Select(row => (long)row).Except(heldOut).ToList(), seen);
            Assert.AreEqual((pass, 0), (data.Cursors, data.Open));
        }
    }

    [TestMethod]
    public void A_fit_reads_the_table_once_and_then_once_an_epoch()
    {
        var data = new CountingView(Shuffled(1_000));
        var options = SmallFlow.Options();
        (options.Streaming, options.MaxEpochs, options.Start) = (true, 4, StartMode.None);
        options.Training = options.Training! with { Patience = null };
        using var model = SmallFlow.Fit(options, data: data);
        Assert.AreEqual((5, 0), (data.Cursors, data.Open));
        Assert.AreEqual(4 * (900 / 32), model.Report!.Steps);
        Assert.IsTrue(data.RowsRead is > 4_900 and <= 5_000, $"{data.RowsRead} rows");
    }

    /// <summary>A copy of the longer table in memory would take 32 MB.</summary>
    [TestMethod]
    public void Memory_does_not_grow_with_the_table()
    {
        long Peak(int rows) => PeakMemory.Of(() =>
        {
            var options = SmallFlow.Options();
            (options.Streaming, options.MaxEpochs, options.Depth, options.HiddenUnits) = (true, 1, 1, 2);
            options.Training = options.Training! with { BatchSize = 4096, DepthTolerance = null };
            using var model = SmallFlow.Fit(options, data: LazyTable.Of(rows));
            Assert.AreEqual((int)((rows - 20_000L) / 4096), model.Report!.Steps);
        });
        Peak(300_000);
        var (shorter, longer) = (Peak(300_000), Peak(2_000_000));
        Console.WriteLine($"{shorter >> 20} MB for 300,000 rows, {longer >> 20} MB for 2,000,000.");
        Assert.IsTrue(longer - shorter < 24 << 20, $"{shorter >> 20} MB, {longer >> 20} MB");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_sorted_table_is_told_from_a_shuffled_one(bool transform)
    {
        using var shuffled = Fit(transform, true, Shuffled(40_000), 1, steps: 5);
        Assert.IsFalse(shuffled.Report!.Remarks.Any(remark => remark.Contains("no random ones")), string.Join(" ", shuffled.Report.Remarks));
        float[][] rows = [.. Enumerable.Range(0, 40_000).Select(LazyTable.Row).OrderBy(row => row[2])];
        using var sorted = Fit(transform, true, Tables.Vectors(rows), 1, steps: 5);
        StringAssert.Contains(string.Join(" ", sorted.Report!.Remarks), "the mean of feature 2 (counted from 0) differs");
        // The buffer takes the whole of a small one.
        using var small = Fit(transform, true, Tables.Vectors(rows[..1_000]), 1, steps: 5);
        Assert.IsFalse(small.Report!.Remarks.Any(remark => remark.Contains("no random ones")));
    }

    [TestMethod]
    [DataRow(false, 500)]
    [DataRow(true, 500)]
    [DataRow(false, 4_500)]
    [DataRow(true, 4_500)]
    public void Cancelling_ends_the_reading(bool transform, int after)
    {
        using var source = new CancellationTokenSource();
        var (read, late) = (0, 0);
        var data = LazyTable.Of(3_000, _ =>
        {
            late += source.IsCancellationRequested ? 1 : 0;
            if (++read == after)
            {
                source.Cancel();
            }

            // A slow source.
            Thread.Sleep(read > after ? 10 : 0);
        });
        var watch = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => Fit(transform, true, data, 1, cancellation: source.Token));
        Assert.IsTrue(late <= 20, $"{late} rows read after {watch.Elapsed}");
    }

    /// <summary>Reading is cut after half of the time, and passes then end where it did.</summary>
    [TestMethod]
    public void The_time_limit_ends_the_reading_of_a_slow_table()
    {
        var (first, passes, farthest) = (0, 0, 0);
        var data = LazyTable.Of(100_000, row =>
        {
            Thread.Sleep(1);
            passes += row == 0 ? 1 : 0;
            (first, farthest) = passes == 1 ? (row, 0) : (first, Math.Max(farthest, row));
        });
        var watch = Stopwatch.StartNew();
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { Streaming = true, Seed = 1, HiddenUnits = 4, MaxSeconds = 4 }).Fit(data);
        Console.WriteLine($"{watch.Elapsed}, {passes - 1} passes of {first} rows, {model.Report!.Steps} steps.");
        Assert.AreEqual(StopReason.TimeLimit, model.Report.StopReason);
        Assert.IsTrue(passes > 1 && farthest <= first + 1, $"{first} rows, then {farthest}");
        Assert.IsTrue(watch.Elapsed.TotalSeconds < 20, $"{watch.Elapsed}");
    }

    [TestMethod]
    public void Sentinels_are_not_learnt_from_wherever_they_are()
    {
        float[][] rows = [.. Enumerable.Range(0, 5_000).Select(LazyTable.Row)];
        for (var row = 7; row < 5_000; row += 500)
        {
            rows[row][1] = 9999 + (row % 3);
        }

        var seen = new List<float>();
        var (_, remark) = Sentinels.SetAside(
            FeatureReader.Sample(Tables.Vectors(rows), "Features", 2_000, seed: 1), feature => $"{feature}", out var tails);
        Assert.IsNotNull(remark);
        var stream = new FeatureStream(Tables.Vectors(rows), "Features", LazyTable.Features, 5_000, new HashSet<long>(), tails);
        var read = stream.Pass((_, numbers) => seen.AddRange(numbers.Select(row => rows[row][1])), CancellationToken.None).Sum(chunk => chunk.shape[0]);
        Assert.AreEqual(4_990, read);
        Assert.IsTrue(seen.Max() < 9000);
        using var model = Fit(transform: false, true, Tables.Vectors(rows), 1);
        StringAssert.Contains(model.Report!.Remarks[0], "set aside");
        Assert.IsTrue(double.IsFinite(model.Report.BestValidationNll!.Value) && model.Report.BestValidationNll < 8, $"{model.Report.BestValidationNll}");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Missing_values_are_counted_as_in_memory(bool transform)
    {
        float[][] rows = [.. Enumerable.Range(0, 3_000).Select(row => new float[] { row % 17, row % 5 })];
        rows[2_345][1] = float.NaN;
        var missing = Assert.Throws<InvalidOperationException>(() => Fit(transform, true, Tables.Vectors(rows), 1));
        StringAssert.Contains(missing.Message, "1 of its 3000 rows hold NaN or an infinite value, first row 2345");
    }

    [TestMethod]
    public void A_row_outside_the_declared_range_is_named_wherever_it_is()
    {
        float[][] rows = [.. Enumerable.Range(0, 3_000).Select(row => new float[] { row % 17, row % 5 })];
        // In the sample or not, held out or not.
        foreach (var row in new[] { 0, 700, 1_400, 2_999 })
        {
            rows[row][1] = 300;
            var outside = Assert.Throws<ArgumentException>(() => Fit(transform: false, true, Tables.Vectors(rows), 1, maxRows: 100,
                preprocessing: [new UniformDequantization(levels: 17), new Logit()]));
            StringAssert.Contains(outside.Message, $"Column 'Features'");
            StringAssert.Contains(outside.Message, $"got 300 in row {row},");
            rows[row][1] = 1;
        }
    }

    [TestMethod]
    public void Streaming_needs_rows_to_validate_on()
    {
        var options = SmallFlow.Options();
        (options.Streaming, options.Training) = (true, options.Training! with { ValidationFraction = 0 });
        var error = Assert.Throws<ArgumentException>(() => _context.Transforms.MongeAmpereFlow("Latent", "Features", options));
        StringAssert.Contains(error.Message, "set ValidationData");
        options.ValidationData = Tables.View(_context, 150, seed: 8);
        using var model = SmallFlow.Fit(options, data: Tables.View(_context, 200));
        Assert.AreEqual(3 * (200 / 32), model.Report!.Steps);
        options.ValidationData = null;
        options.Training = options.Training! with { ValidationFraction = 0.001 };
        using var one = SmallFlow.Fit(options, data: Tables.View(_context, 200));
        Assert.AreEqual(3 * (199 / 32), one.Report!.Steps);
        options.Training = options.Training! with { ValidationFraction = 0.1 };
        var few = Assert.Throws<InvalidOperationException>(() => SmallFlow.Fit(options, data: Tables.View(_context, 30)));
        StringAssert.Contains(few.Message, "got 27 after 3 were set aside");
    }

    private MongeAmpereFlowTransformer Fit(
        bool transform, bool streaming, IDataView data, int seed, int steps = 300, int maxRows = 8_000,
        IReadOnlyList<BijectionFit>? preprocessing = null, CancellationToken cancellation = default)
    {
        IEstimator<MongeAmpereFlowTransformer> estimator = transform
            ? _context.Transforms.MongeAmpereFlow("Latent", "Features", new()
            {
                Streaming = streaming, Seed = seed, HiddenUnits = 16, Depth = 4, MaxSteps = steps, Preprocessing = preprocessing,
                CancellationToken = cancellation,
            })
            : _context.AnomalyDetection.Trainers.MongeAmpereFlow(new()
            {
                Streaming = streaming, MaxRows = streaming ? maxRows : null, Seed = seed, HiddenUnits = 16, Parts = 1, MaxSteps = steps,
                Preprocessing = preprocessing, CancellationToken = cancellation,
            });
        return estimator.Fit(data);
    }

    private static IDataView Shuffled(int rows) => Tables.Vectors([.. Enumerable.Range(0, rows).Select(LazyTable.Row)]);
}
