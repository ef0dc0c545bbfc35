using System.Diagnostics;
using MAFlow.Tests;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Checkpoints from strangers, also ones whose digest agrees: each is refused with a FormatException and changes nothing, or is a state to go on from.</summary>
[TestClass]
public sealed class HostileCheckpointTests
{
    private readonly Tensor _start = Draw.Normal(1, 4, 3);

    [TestCleanup]
    public void Cleanup() => _start.Dispose();

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void DamagedCheckpointsAreRefusedOrAreStates(bool digestAgrees) => Restore(250, 1, digestAgrees);

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    [DataRow(false)]
    [DataRow(true)]
    public void TenThousandDamagedCheckpointsAreRefusedOrAreStates(bool digestAgrees) => Restore(10_000, 2, digestAgrees);

    [TestMethod]
    [DataRow("generator", DisplayName = "random state")]
    [DataRow("order", DisplayName = "order of the rows")]
    [DataRow("weights.weight", DisplayName = "weights")]
    [DataRow("adam.v.weight", DisplayName = "moments")]
    public void TensorsOutOfRangeAreRefusedThoughTheDigestAgrees(string tensor)
    {
        using var state = State();
        using var capture = state.Capture();
        using (no_grad())
        {
            using var filled = capture.Tensors[tensor].is_floating_point() ? capture.Tensors[tensor].fill_(double.NaN) : capture.Tensors[tensor].fill_(255);
            var spoiled = new SafetensorsFile(capture.Tensors.ToDictionary(pair => pair.Key, pair => pair.Key == tensor ? filled : pair.Value), capture.Metadata);
            Assert.Contains("damaged", Assert.ThrowsExactly<FormatException>(() => state.Resume(Resigned(spoiled))).Message);
        }
    }

    private void Restore(int count, int seed, bool digestAgrees)
    {
        using var state = State();
        using var capture = state.Capture();
        using var stream = new MemoryStream();
        capture.Save(stream);
        var (intact, random, refused, slowest) = (stream.ToArray(), new Random(seed), 0, TimeSpan.Zero);
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            var bytes = HostileFiles.Damage(intact, random);
            var begin = Stopwatch.GetTimestamp();
            try
            {
                using var damaged = SafetensorsFile.Load(new MemoryStream(bytes), bytes.Length);
                var before = Bytes(state);
                try
                {
                    state.Resume(digestAgrees ? Resigned(damaged) : damaged);
                }
                catch (FormatException)
                {
                    CollectionAssert.AreEqual(before, Bytes(state), "A refused checkpoint changes nothing.");
                    throw;
                }

                Use(state);
                state.Return(capture);
            }
            catch (FormatException)
            {
                refused++;
            }
            catch (Exception error) when (error is not UnitTestAssertException)
            {
                Assert.Fail($"Damage {i} of seed {seed}: {error}");
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(begin).Ticks));
        }

        Assert.IsGreaterThan(count / 2, refused, "Damage was noticed.");
        Near.IsBelow(5, slowest.TotalSeconds, "Seconds for the slowest file.");
    }

    private static void Use(TrainingState state)
    {
        Assert.IsTrue(state.Parameters.All(parameter => parameter.isfinite().all().item<bool>()));
        Assert.IsTrue(double.IsFinite(rand(3, generator: state.Generator).sum().item<float>()));
        Assert.IsGreaterThan(0, state.Counters.RateFactor);
        Assert.IsTrue(state.Counters.History.All(epoch => epoch.Round > 0));
    }

    /// <summary>The same file with the digest that belongs to its content, as an attacker would write it.</summary>
    private static SafetensorsFile Resigned(SafetensorsFile file) =>
        new(file.Tensors, new Dictionary<string, string>(file.Metadata) { ["digest"] = TrainingState.Digest(file.Tensors, file.Metadata) });

    private static byte[] Bytes(TrainingState state)
    {
        using var capture = state.Capture();
        return [.. capture.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).SelectMany(tensor => tensor.Value.bytes.ToArray())];
    }

    private TrainingState State()
    {
        var parameter = new Parameter(_start.clone());
        return new([("weight", parameter)], Toy.Short, "test", 3, new Minibatches(20, 4))
        {
            Counters = new() { Round = 1, BestRound = 1, BestNll = 3, History = [new(1, 5, 3.5, 3, null, null, 0.01, 0.5)], Remarks = ["once"] },
        };
    }
}
