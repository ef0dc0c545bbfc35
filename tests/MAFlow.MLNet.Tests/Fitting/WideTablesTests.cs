using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Fewer rows than features, and how soon a fit ends that has to.</summary>
[TestClass]
public sealed class WideTablesTests
{
    // Generous: the bounds are to tell seconds from minutes.
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(20);

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Sparse_text_features_are_fitted()
    {
        var data = View(Sparse(250, 18_780), 18_780);
        var options = new MongeAmpereFlowTrainer.Options { MaxEpochs = 1, MaxSeconds = 5, Depth = 2, Seed = 1 };
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(data);
        var scores = SmallFlow.Read(model.Transform(_context.Data.TakeRows(data, 3)));
        Assert.HasCount(3, scores);
        Assert.IsTrue(scores.All(float.IsFinite));
    }

    [TestMethod]
    public void A_row_unlike_the_others_scores_higher()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 60).Select(_ => Row(random, 300)).ToArray();
        var odd = Row(random, 300);
        Array.Reverse(odd, 0, 150);
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { MaxEpochs = 5, Seed = 1 }).Fit(Tables.Vectors(rows));
        var scores = SmallFlow.Scores(model, Tables.Vectors([odd, Row(random, 300), Row(random, 300)]));
        Assert.IsGreaterThan(scores[1..].Max(), scores[0]);
    }

    [TestMethod]
    public void A_short_limit_is_kept_where_features_are_many()
    {
        var watch = Stopwatch.StartNew();
        var options = new MongeAmpereFlowTrainer.Options { MaxSeconds = 2, Seed = 1 };
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(View(Sparse(50, 1_500), 1_500));
        Near(watch);
    }

    [TestMethod]
    public void Cancellation_is_heard_where_features_are_many()
    {
        using var source = new CancellationTokenSource();
        var options = new MongeAmpereFlowTrainer.Options { CancellationToken = source.Token, MaxSeconds = 1_000, Seed = 1 };
        var data = View(Sparse(1_500, 2_500), 2_500);
        var watch = Stopwatch.StartNew();
        source.CancelAfter(TimeSpan.FromSeconds(1));
        Assert.Throws<OperationCanceledException>(() => _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(data));
        Near(watch);
    }

    [TestMethod]
    public void A_slow_view_is_read_as_far_as_time_allows()
    {
        var slow = Enumerable.Range(0, 100_000).Select(row =>
        {
            Thread.Sleep(20);
            return new Sample { Features = new(3, [row % 7, row % 11, row % 13]) };
        });
        var warnings = new List<string>();
        _context.Log += (_, entry) => warnings.Add(entry.Message);
        var watch = Stopwatch.StartNew();
        var options = new MongeAmpereFlowTrainer.Options { MaxSeconds = 2, MaxEpochs = 2, Seed = 1 };
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(View(slow, 3));
        Near(watch);
        Assert.Contains(message => message.Contains("goes on with the rows read so far", StringComparison.Ordinal), warnings);
    }

    [TestMethod]
    public void What_memory_cannot_take_is_refused_before_it_is_read()
    {
        var rows = Enumerable.Range(0, 100).Select(Sample (_) => throw new InvalidDataException("No row is to be read."));
        var trainer = _context.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options());
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(View(rows, 100_000_000)));
        Assert.Contains("ProjectToPrincipalComponents(\"Features\", rank: 100)", error.Message);
        TableMemory.Require("Features", rows: 250, features: 18_780, available: 2_000_000_000);
    }

    private static void Near(Stopwatch watch) => Assert.IsTrue(watch.Elapsed < _soon, $"It took {watch.Elapsed.TotalSeconds:F1} s.");

    private static float[] Row(Random random, int features)
    {
        var (u, v) = (random.NextSingle(), random.NextSingle());
        return [.. Enumerable.Range(0, features).Select(j => (float)((u * Math.Sin(j)) + (v * Math.Cos(j)) + (0.1 * random.NextSingle())))];
    }

    private static IEnumerable<Sample> Sparse(int rows, int features)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            var places = Enumerable.Range(0, 80).Select(_ => (int)(features * Math.Pow(random.NextDouble(), 2))).Distinct().Order().ToArray();
            return new Sample { Features = new(features, places.Length, [.. places.Select(_ => 1f)], places) };
        })];
    }

    private IDataView View(IEnumerable<Sample> rows, int features)
    {
        var schema = SchemaDefinition.Create(typeof(Sample));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        return _context.Data.LoadFromEnumerable(rows, schema);
    }

    private sealed class Sample
    {
        public VBuffer<float> Features { get; set; }
    }
}
