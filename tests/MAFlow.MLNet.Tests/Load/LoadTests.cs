using System.Diagnostics;
using MAFlow.Tests;
using Microsoft.ML;
using TorchSharp;

namespace MAFlow.MLNet.Tests;

/// <summary>Many threads and many trainings: right results in flat memory.</summary>
[TestClass]
public sealed class LoadTests
{
    private const int Threads = 8;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Eight_threads_score_with_one_transformer() => Score(TimeSpan.FromSeconds(3));

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    public void Eight_threads_score_with_one_transformer_for_two_minutes() => Score(TimeSpan.FromMinutes(2));

    [TestMethod]
    public void Twenty_fits_leave_nothing_behind() => Fit(20);

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    public void A_thousand_fits_leave_nothing_behind() => Fit(1_000);

    [TestMethod]
    public void A_transformer_disposed_while_threads_score_is_an_error_in_each_of_them()
    {
        var data = Tables.View(_context, 40);
        var model = SmallFlow.Fit(SmallFlow.Options());
        var weights = model.Model.Flow.Potential.parameters().ToArray();
        var (errors, scored) = (new Exception?[4], 0);
        var threads = Enumerable.Range(0, errors.Length).Select(i => new Thread(() =>
        {
            try
            {
                for (; ; Interlocked.Increment(ref scored))
                {
                    SmallFlow.Scores(model, data);
                }
            }
            catch (Exception error)
            {
                errors[i] = error;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        SpinWait.SpinUntil(() => Volatile.Read(ref scored) > 8 || threads.TrueForAll(thread => !thread.IsAlive));
        model.Dispose();
        threads.ForEach(thread => thread.Join());
        foreach (var error in errors)
        {
            Assert.IsInstanceOfType<ObjectDisposedException>(error);
        }

        Assert.IsTrue(weights.All(parameter => parameter.IsInvalid));
    }

    private void Score(TimeSpan duration)
    {
        var data = Tables.View(_context, 64);
        var expected = SmallFlow.Scores(SmallFlow.Fitted, data);
        var watch = Stopwatch.StartNew();
        var (views, errors, settled, live) = (0L, new Exception?[Threads], 0L, 0L);
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            try
            {
                var own = Tables.View(new MLContext(seed: i), 64);
                while (watch.Elapsed < duration)
                {
                    CollectionAssert.AreEqual(expected, SmallFlow.Scores(SmallFlow.Fitted, own));
                    Interlocked.Increment(ref views);
                }
            }
            catch (Exception error)
            {
                errors[i] = error;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        Thread.Sleep(duration / 4);
        (settled, live) = (Memory(), torch.Tensor.TotalCount);
        threads.ForEach(thread => thread.Join());
        Assert.IsTrue(Array.TrueForAll(errors, error => error is null), string.Join("\n", errors.OfType<Exception>()));
        Console.WriteLine($"{views * 64 / watch.Elapsed.TotalSeconds:F0} rows/s in {Threads} threads, memory {settled >> 20} MiB, then {Memory() >> 20} MiB; {live} tensors, then {torch.Tensor.TotalCount}");
        Assert.IsLessThan(64L << 20, Memory() - settled, "Bytes that the process grew by.");
    }

    private void Fit(int count)
    {
        var data = Tables.View(_context, 100);
        var options = SmallFlow.Options();
        options.MaxEpochs = 1;
        SmallFlow.Fit(options, data: data).Dispose();
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var settled = 0L;
        for (var i = 0; i < count; i++)
        {
            SmallFlow.Fit(options, data: data).Dispose();
            if (i == count / 4)
            {
                settled = Memory();
            }
        }

        Console.WriteLine($"{count} fits, memory {settled >> 20} MiB, then {Memory() >> 20} MiB; {live} tensors, then {DisposeScopeManager.Statistics.ThreadTotalLiveCount}");
        Assert.AreEqual(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.IsLessThan(32L << 20, Memory() - settled, "Bytes that the process grew by.");
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
