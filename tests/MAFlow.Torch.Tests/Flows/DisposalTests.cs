using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Disposing while other threads score, and afterwards, is an error that says so and never a crash.</summary>
[TestClass]
public sealed class DisposalTests
{
    private readonly Tensor x = Draw.Levels(2, 17, 5, 3);

    private readonly Tensor z = Draw.Normal(3, 5, 3);

    [TestCleanup]
    public void Cleanup()
    {
        x.Dispose();
        z.Dispose();
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
            () => model.LogProb(x), () => model.Encode(x), () => model.ScoreGradient(x), () => model.Evaluate(x), () => model.Decode(z), () => model.Sample(2, generator),
            () => model.Save(stream), () => model.Flow.LogProb(z), () => model.Flow.Encode(z), () => model.Flow.Decode(z), () => model.Flow.Sample(2, generator),
            () => model.Flow.EncodeTrajectory(z, 2), () => model.Flow.DecodeTrajectory(z, 2), () => model.Flow.EncodeToTolerance(z, new StepDoubling(0.1)),
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
            using var expected = model.LogProb(x);
            var (errors, scored) = (new ConcurrentQueue<Exception>(), 0);
            var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                try
                {
                    while (true)
                    {
                        using var actual = model.LogProb(x);
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
