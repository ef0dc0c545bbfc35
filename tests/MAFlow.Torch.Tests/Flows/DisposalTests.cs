using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Disposing while other threads score, and afterwards, is an error that says so and never a crash.</summary>
[TestClass]
public sealed class DisposalTests
{
    private readonly Tensor _x = Draw.Levels(2, 17, 5, 3);

    private readonly Tensor _z = Draw.Normal(3, 5, 3);

    [TestCleanup]
    public void Cleanup()
    {
        _x.Dispose();
        _z.Dispose();
    }

    [TestMethod]
    public void ADisposedModelSaysSo()
    {
        var model = Models.Make();
        model.Dispose();
        model.Dispose();
        using var generator = new Generator(1);
        using var stream = new MemoryStream();
        Action[] uses =
        [
            () => model.LogProb(_x), () => model.Encode(_x), () => model.ScoreGradient(_x), () => model.Evaluate(_x), () => model.Decode(_z), () => model.Sample(2, generator),
            () => model.Save(stream), () => model.Flow.LogProb(_z), () => model.Flow.Encode(_z), () => model.Flow.Decode(_z), () => model.Flow.Sample(2, generator),
            () => model.Flow.EncodeTrajectory(_z, 2), () => model.Flow.DecodeTrajectory(_z, 2), () => model.Flow.EncodeToTolerance(_z, 0.1),
        ];
        foreach (var use in uses)
        {
            Assert.ThrowsExactly<ObjectDisposedException>(use);
        }
    }

    [TestMethod]
    public void AModelDisposedDuringUseLetsWhatIsUnderWayEndAndFreesItsMemory()
    {
        for (var round = 0; round < 5; round++)
        {
            var model = Models.Make();
            var parameters = model.Flow.Potential.parameters().ToList();
            using var expected = model.LogProb(_x);
            var (errors, scored) = (new ConcurrentQueue<Exception>(), 0);
            var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                try
                {
                    while (true)
                    {
                        using var actual = model.LogProb(_x);
                        Near.AssertBitEqual(expected, actual);
                        Interlocked.Increment(ref scored);
                    }
                }
                catch (Exception error)
                {
                    errors.Enqueue(error);
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            SpinWait.SpinUntil(() => Volatile.Read(ref scored) > 4 || !errors.IsEmpty);
            model.Dispose();
            threads.ForEach(thread => thread.Join());
            Assert.HasCount(4, errors);
            Assert.IsTrue(errors.All(error => error is ObjectDisposedException), string.Join("\n", errors));
            Assert.IsTrue(parameters.All(parameter => parameter.IsInvalid), "The memory is free.");
        }
    }
}
