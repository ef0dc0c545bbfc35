using MAFlow.Tests;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Files of conditional densities from strangers: each is refused with a FormatException or is a model.</summary>
[TestClass]
public sealed class HostileConditionalFileTests
{
    [TestMethod]
    public void DamagedFilesAreRefusedOrAreModels()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var context = Draw.Normal(1, 60, 2);
        using var model = new ConditionalDensityModelOptions { HiddenUnits = 3, ContextUnits = 2, Flow = new() { Horizon = 1, Depth = 2 } }
            .Build(Draw.Normal(2, 60, 1), context, generator);
        using var file = new MemoryStream();
        model.Save(file);
        var (random, refused) = (new Random(1), 0);
        for (var i = 0; i < 250; i++)
        {
            using var inner = NewDisposeScope();
            var bytes = HostileFiles.Damage(file.ToArray(), random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var loaded = ConditionalDensityModel.Load(new MemoryStream(bytes), bytes.Length);
                loaded.At(1).LogProb(Draw.Normal(3, 2, 1), Draw.Normal(4, 2, 2));
            }
            catch (FormatException)
            {
                refused++;
            }
            catch (ArgumentException)
            {
                // Still a model, which does not take these rows.
            }
            catch (Exception error) when (error is not UnitTestAssertException)
            {
                Assert.Fail($"Damage {i}: {error}");
            }

            Near.IsBelow(16L << 20, GC.GetAllocatedBytesForCurrentThread() - before, $"Bytes allocated for damage {i}.");
        }

        Assert.IsGreaterThan(125, refused, "Damage was noticed.");
    }
}
