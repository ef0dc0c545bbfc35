using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Rows that are read anew for every epoch teach what rows in memory do.</summary>
[TestClass]
public sealed class StreamedRowsTests
{
    private readonly Tensor _rows = Toy.Ring(1, 500);
    private readonly Tensor _validation = Toy.Ring(3, 200);

    [TestCleanup]
    public void Cleanup()
    {
        _rows.Dispose();
        _validation.Dispose();
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(1000)]
    public void AnEpochDrawsEachRowOnceAndMixesAsFarAsTheBufferReaches(int chunk)
    {
        const int Capacity = 20;
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var numbers = arange(100, dtype: float32).reshape(100, 1);
        using var batches = new StreamedBatches(new(Chunks(numbers, chunk), 100), 5, Capacity, _ => { });
        Assert.AreEqual(20, batches.PerEpoch);
        var epochs = Enumerable.Range(0, 2).Select(_ =>
        {
            batches.Shuffle(generator);
            return Enumerable.Range(0, 20).SelectMany(position => batches.At(position).data<float>().ToArray()).ToList();
        }).ToList();
        foreach (var rows in epochs)
        {
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 100).Select(row => (float)row).ToList(), rows);
            Assert.IsTrue(rows.Select((row, place) => row < Capacity + place).All(near => near));
            CollectionAssert.AreNotEqual(rows.Order().ToList(), rows);
        }

        CollectionAssert.AreNotEqual(epochs[0], epochs[1]);
    }

    [TestMethod]
    public void AnyPlaceInAnEpochIsFoundAgain()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var batches = new StreamedBatches(new(Chunks(_rows, 64), 500), 32, 100, _ => { });
        batches.Shuffle(generator);
        var order = batches.Order.clone();
        var drawn = Enumerable.Range(0, 10).Select(position => batches.At(position)).ToList();
        batches.Shuffle(generator);
        batches.At(0);
        batches.Order.copy_(batches.RequireOrder(order));
        foreach (var position in new[] { 7, 8, 2, 0 })
        {
            Near.AssertBitEqual(drawn[position], batches.At(position));
        }

        Assert.ThrowsExactly<FormatException>(() => batches.RequireOrder(order.neg().sub(1)));
    }

    [TestMethod]
    public void AStreamTeachesWhatTheSameRowsInMemoryDo()
    {
        var options = Toy.Short with { MaxEpochs = 12 };
        var seeds = Enumerable.Range(1, 3).Select(seed => options with { Seed = (ulong)seed }).ToList();
        var memory = seeds.Select(option => Trained(model => new DensityTrainer(option).Fit(model, _rows, _validation))).ToList();
        var streamed = seeds.Select(option => Trained(model => new DensityTrainer(option).Fit(model, Stream(100), _validation))).ToList();
        var noise = Math.Max(0.01, Math.Max(memory.Max() - memory.Min(), streamed.Max() - streamed.Min()));
        Near.IsAtMost(noise, Math.Abs(memory.Average() - streamed.Average()), $"{string.Join(" ", memory)} | {string.Join(" ", streamed)}");
        Near.IsAtMost(0.3, noise);
    }

    [TestMethod]
    public void AnInterruptedStreamResumesBitForBit()
    {
        using var folder = new TemporaryFolder();
        var options = Toy.Short with { CheckpointPath = folder["state"] };
        using var model = Toy.Model(_rows);
        var summary = Toy.Summary(new DensityTrainer(Toy.Short).Fit(model, Stream(100), _validation));
        foreach (var asked in new[] { 1, 9, 20, 41 })
        {
            using (var source = new CancellationTokenSource())
            using (var cancelled = Toy.Model(_rows))
            {
                var chunks = 0;
                var pass = Chunks(_rows, 32).Select(rows =>
                {
                    (++chunks == asked ? source.Cancel : (Action)(() => { }))();
                    source.Token.ThrowIfCancellationRequested();
                    return rows;
                });
                Assert.ThrowsExactly<OperationCanceledException>(() =>
                    new DensityTrainer(options).Fit(cancelled, new StreamedRows(pass, 500) { BufferRows = 100 }, _validation, cancellationToken: source.Token));
                Assert.AreEqual(asked, chunks);
            }

            using var resumed = Toy.Model(_rows);
            Assert.AreEqual(summary, Toy.Summary(new DensityTrainer(options).Fit(resumed, Stream(100), _validation)), $"after chunk {asked}");
            CollectionAssert.AreEqual(Toy.Weights(model), Toy.Weights(resumed));
        }
    }

    [TestMethod]
    public void ALossThatExplodesReturnsToTheRowsOfItsEpoch()
    {
        var options = Toy.Short with { MaxEpochs = 10, LearningRate = 30, WarmupFraction = 0, MaxRecoveries = 20 };
        using var model = Toy.Model(_rows);
        var report = new DensityTrainer(options).Fit(model, Stream(100), _validation);
        Assert.AreEqual(StopReason.Completed, report.StopReason, string.Join("\n", report.Remarks));
        Assert.AreEqual(10 * (500 / 32), report.Steps);
        Assert.Contains("returned to step 0", report.Remarks[0]);
    }

    [TestMethod]
    public void TheCheckpointOfAnotherStreamIsRefused()
    {
        using var folder = new TemporaryFolder();
        var options = Toy.Short with { CheckpointPath = folder["state"], KeepCheckpoint = true };
        using var model = Toy.Model(_rows);
        new DensityTrainer(options).Fit(model, Stream(100), _validation);
        Assert.Contains("in a buffer of 100", Assert.ThrowsExactly<FormatException>(() => new DensityTrainer(options).Fit(model, Stream(101), _validation)).Message);
        Assert.ThrowsExactly<FormatException>(() => new DensityTrainer(options).Fit(model, _rows, _validation));
    }

    /// <summary>The clock goes on by a millisecond with every look, of which filling the buffer takes thousands.</summary>
    [TestMethod]
    public void TheTimeLimitIsHeardWhileTheBufferFills()
    {
        var chunks = 0;
        var pass = Chunks(_rows, 1).Select(rows => (rows, ++chunks).rows);
        var options = Toy.Short with { MaxEpochs = 1000, TimeLimit = TimeSpan.FromMilliseconds(800), Clock = new CountingClock() };
        using var model = Toy.Model(_rows);
        var report = new DensityTrainer(options).Fit(model, new StreamedRows(pass, 500) { BufferRows = 400 }, _validation);
        Assert.AreEqual(StopReason.TimeLimit, report.StopReason);
        Assert.IsGreaterThan(500, chunks);
        Assert.AreNotEqual(0, chunks % 500, "It stops inside a pass.");
    }

    [TestMethod]
    public void APassThatEndsEarlyIsFollowedByTheNext()
    {
        using var model = Toy.Model(_rows);
        var passes = 0;
        IEnumerable<Tensor> Pass()
        {
            passes++;
            yield return _rows;
        }

        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 1 }).Fit(model, new StreamedRows(Pass(), 1250), _validation);
        Assert.AreEqual(39, report.Steps);
        Assert.AreEqual(3, passes);
    }

    [TestMethod]
    public void WhatIsNoStreamOfRowsIsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Toy.Model(_rows);
        var trainer = new DensityTrainer(Toy.Short);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StreamedRows([], 0));
        Assert.Contains("at least one batch of 32", Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(model, Stream(31), _validation)).Message);
        Assert.Contains("at least one batch of 32", Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(model, new StreamedRows([_rows], 20), _validation)).Message);
        Assert.Contains("got none", Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(model, new StreamedRows([], 500), _validation)).Message);
        Assert.Contains("training rows", Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(model, new StreamedRows([_rows.mul(double.NaN)], 500), _validation)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(model, new StreamedRows([_rows.narrow(1, 0, 1)], 500), _validation));
    }

    [TestMethod]
    public void AStreamLeavesNoTensors()
    {
        using var model = Toy.Model(_rows);
        Leaks.AssertNone(() =>
        {
            new DensityTrainer(Toy.Short with { MaxEpochs = 2 }).Fit(model, Stream(100), _validation);
            return [];
        });
    }

    private static IEnumerable<Tensor> Chunks(Tensor rows, long size)
    {
        for (var start = 0L; start < rows.shape[0]; start += size)
        {
            using var chunk = rows.narrow(0, start, Math.Min(size, rows.shape[0] - start));
            yield return chunk;
        }
    }

    private StreamedRows Stream(long buffer) => new(Chunks(_rows, 64), 500) { BufferRows = buffer };

    private double Trained(Action<DensityModel> train)
    {
        using var model = Toy.Model(_rows);
        train(model);
        return model.Evaluate(_validation).MeanNll;
    }
}
