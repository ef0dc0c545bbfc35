using MAFlow.Tests;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Sampling records nothing for a reverse pass, so that its memory does not depend on the depth.</summary>
[TestClass]
public sealed class SampleMemoryTests
{
    private static IEnumerable<object[]> Families => PotentialFamilies.Names;

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void NoSampleIsPartOfAGraph(string family)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(PotentialFamilies.Create(family), new() { Horizon = 1, Depth = 4 });
        Assert.IsTrue(is_grad_enabled());
        var sample = flow.Sample(3, generator);
        Assert.IsFalse(sample.X.requires_grad || sample.LogProb.requires_grad);
        Assert.IsTrue(is_grad_enabled());
    }

    [TestMethod]
    public void SamplingDeeplyTakesNoMoreMemory()
    {
        var (shallow, deep) = (Peak(20, sample: true), Peak(120, sample: true));
        // Decode is recorded: four stages for each of a hundred steps more.
        var recorded = Peak(120, sample: false) - Peak(20, sample: false);
        Assert.IsGreaterThan(300L << 20, recorded);
        Near.IsAtMost(recorded / 20, deep - shallow, $"{shallow >> 20} MiB at depth 20, {deep >> 20} MiB at depth 120.");
    }

    private static long Peak(int depth, bool sample)
    {
        const long rows = 16384, units = 16;
        using var seeds = new Generator(1);
        using var weight = randn([units, units], generator: seeds);
        using var amplitude = full(units, 0.01f);
        using var flow = new MongeAmpereFlow(new RidgePotential(weight, amplitude, amplitude, Activation.Softplus), new() { Horizon = 1, Depth = depth });
        Draw(flow.At(2));
        return PeakMemory.Of(() => Draw(flow));

        void Draw(MongeAmpereFlow drawn)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(2);
            if (sample)
            {
                drawn.Sample(rows, generator);
            }
            else
            {
                drawn.Decode(randn([rows, units], generator: generator));
            }
        }
    }
}
