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

    private static readonly Dictionary<string, Action<DensityModel>> _modelUses = new()
    {
        ["Evaluate, batch by batch"] = model => Assert.AreEqual(6, model.Evaluate(Draw.Normal(1, 6, 3), batchSize: 2).Rows),
        ["LogProb"] = model => model.LogProb(Draw.Normal(1, 4, 3)).Dispose(),
        ["Encode"] = model => model.Encode(Draw.Normal(1, 4, 3)).Dispose(),
        ["Decode"] = model => model.Decode(Draw.Normal(1, 4, 3)).Dispose(),
        ["Sample"] = model => Seeded(generator => model.Sample(4, generator).Dispose()),
        ["ScoreGradient"] = model => model.ScoreGradient(Draw.Normal(1, 4, 3)).Dispose(),
    };

    private static readonly Dictionary<string, Action<MongeAmpereFlow>> _flowUses = new()
    {
        ["LogProb"] = flow => flow.LogProb(Draw.Normal(1, 4, 3)).Dispose(),
        ["Encode"] = flow => flow.Encode(Draw.Normal(1, 4, 3)).Dispose(),
        ["Decode"] = flow => flow.Decode(Draw.Normal(1, 4, 3)).Dispose(),
        ["Sample"] = flow => Seeded(generator => flow.Sample(4, generator).Dispose()),
        ["EncodeToTolerance, depth by depth"] = flow => flow.EncodeToTolerance(Draw.Normal(1, 4, 3), 1e-4).Dispose(),
        ["EncodeTrajectory, solve and walk"] = flow => Assert.HasCount(3, flow.EncodeTrajectory(Draw.Normal(1, 4, 3), 2)),
        ["DecodeTrajectory, stretch by stretch"] = flow => Assert.HasCount(4, flow.DecodeTrajectory(Draw.Normal(1, 4, 3), 3)),
        ["KineticEnergy"] = flow => flow.KineticEnergy(Draw.Normal(1, 4, 3)).Dispose(),
        ["DecodeWithScore, there and back"] = flow => flow.DecodeWithScore(Draw.Normal(1, 4, 3), 1),
        ["a deeper flow"] = flow => flow.At(9).LogProb(Draw.Normal(1, 4, 3)).Dispose(),
    };

    private static IEnumerable<object[]> ModelUses => _modelUses.Keys.Select(name => new object[] { name });

    private static IEnumerable<object[]> FlowUses => _flowUses.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(ModelUses))]
    public void AModelDisposedFromAnotherThreadMidwayEndsWhatItIsDoing(string use)
    {
        var observed = new ObservedPotential(PotentialFamilies.Ridge(Activation.Softplus, 5));
        var model = Models.Make(BijectionFamily.Named("standardization"), observed);
        AssertEnds(observed, model, () => _modelUses[use](model));
    }

    [TestMethod]
    [DynamicData(nameof(FlowUses))]
    public void AFlowDisposedFromAnotherThreadMidwayEndsWhatItIsDoing(string use)
    {
        var observed = new ObservedPotential(PotentialFamilies.Ridge(Activation.Softplus, 5));
        var flow = new MongeAmpereFlow(observed, new() { Horizon = 1, Depth = 6 });
        AssertEnds(observed, flow, () => _flowUses[use](flow));
    }

    /// <summary>Disposes during the first solve: the use ends as if nothing had happened, memory is free afterwards, and the next use is an error.</summary>
    private static void AssertEnds(ObservedPotential observed, IDisposable owner, Action use)
    {
        using var scope = NewDisposeScope();
        var parameters = observed.parameters().ToList();
        observed.OnSolve = solve =>
        {
            if (solve == 1)
            {
                var other = new Thread(owner.Dispose);
                other.Start();
                other.Join();
                Assert.IsFalse(parameters.Exists(parameter => parameter.IsInvalid), "A use is under way.");
            }
        };
        use();
        Assert.IsTrue(parameters.TrueForAll(parameter => parameter.IsInvalid), "The memory is free.");
        Assert.ThrowsExactly<ObjectDisposedException>(use);
    }

    private static void Seeded(Action<Generator> action)
    {
        using var generator = new Generator(1);
        action(generator);
    }
}
