using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Diagnostics on processes whose effective sample size is known.</summary>
[TestClass]
public sealed class ChainConvergenceTests
{
    private const int Steps = 4000, Chains = 8;

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    public void EffectiveSamplesOfAnAutoregressiveProcess(double memory)
    {
        var values = Autoregressive(10, memory);
        var expected = Steps * Chains * (1 - memory) / (1 + memory);
        Assert.AreEqual(expected, ChainConvergence.EffectiveSamples(values), 0.2 * expected);
        Assert.AreEqual(expected, ChainConvergence.BulkEffectiveSamples(values), 0.2 * expected);
        // Excursions into the tails are shorter than those of the mean, but remembered too.
        var tail = ChainConvergence.TailEffectiveSamples(values);
        Assert.IsTrue(tail > 0.9 * expected && tail < (memory == 0 ? 1.12 : 4) * expected, $"{tail} in the tails, {expected} in the bulk");
        Assert.AreEqual(1, ChainConvergence.RHat(values), memory == 0.9 ? 0.015 : 0.002);
        // Two standard errors √(2 (2M + 1) / S) at the window M = 5τ for the longest memory.
        Assert.AreEqual((1 + memory) / (1 - memory), Autocorrelation.Time(values), 0.22 * (1 + memory) / (1 - memory));
    }

    [TestMethod]
    public void DiagnosticsDoNotChangeUnderMonotoneMaps()
    {
        var values = Autoregressive(2, 0.5);
        List<double[]> mapped = [.. values.Select(step => step.Select(value => Math.Exp(3 * value)).ToArray())];
        Assert.AreEqual(ChainConvergence.BulkEffectiveSamples(values), ChainConvergence.BulkEffectiveSamples(mapped), 1e-6);
        Assert.AreEqual(ChainConvergence.TailEffectiveSamples(values), ChainConvergence.TailEffectiveSamples(mapped), 1e-6);
    }

    [TestMethod]
    public void ChainsThatDisagreeAreSeen()
    {
        // For one chain of m elsewhere by δ: R̂² ≈ 1 + δ²/m.
        var shifted = Change(3, (value, step, chain) => chain == 0 ? value + 1 : value);
        Assert.AreEqual(Math.Sqrt(1 + (1.0 / Chains)), ChainConvergence.RHat(shifted), 0.03);
        Near.IsBelow(100, ChainConvergence.EffectiveSamples(shifted));
        // Chains that drift agree with each other at every time.
        Assert.IsGreaterThan(1.1, ChainConvergence.RHat(Change(4, (value, step, chain) => value + (2.0 * step / Steps))));
        // Chains of different width have the same mean.
        Assert.IsGreaterThan(1.05, ChainConvergence.RHat(Change(5, (value, step, chain) => chain == 0 ? 3 * value : value)));
        Assert.AreEqual(double.PositiveInfinity, ChainConvergence.RHat(Change(6, (value, step, chain) => chain)));
        Assert.AreEqual(1, ChainConvergence.RHat(Change(6, (value, step, chain) => 1)));
    }

    [TestMethod]
    public void ProblemsNameWhatIsWrong()
    {
        Assert.IsEmpty(Problems(Autoregressive(7, 0.5)));
        var problems = Problems([.. Change(8, (value, step, chain) => chain < 4 ? value : value + 5).Take(20)]);
        Assert.Contains("chains disagree", problems[0]);
        Assert.HasCount(3, problems);
    }

    [TestMethod]
    public void BadChainsAreRefused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => ChainConvergence.RHat([.. Autoregressive(9, 0).Take(7)]));
        Assert.ThrowsExactly<ArgumentException>(() => ChainConvergence.EffectiveSamples(Change(9, (value, step, chain) => step == 5 ? double.NaN : value)));
        Assert.AreEqual(1, Autocorrelation.Time([[1.0], [1.0], [1.0], [1.0]]));
    }

    [TestMethod]
    public void JackknifeOfARatio()
    {
        var blocks = new BlockMeans([1, 3], new Dictionary<string, double[]> { ["a"] = [2, 6], ["b"] = [1, 2] });
        var ratio = blocks.Jackknife(mean => mean["a"] / mean["b"]);
        // Together 5 / 1.75; without one block 3 or 2.
        Assert.AreEqual(20.0 / 7, ratio.Value, 1e-12);
        Assert.AreEqual(0.5, ratio.StandardError, 1e-12);
        Assert.ThrowsExactly<InvalidOperationException>(() => new BlockMeans([1], new Dictionary<string, double[]>()).Jackknife(_ => 0));
    }

    private static IReadOnlyList<string> Problems(List<double[]> values)
    {
        var reliability = new Reliability();
        ChainDiagnostics.Of(values).Judge(reliability, "x");
        return reliability.Problems;
    }

    private static List<double[]> Change(ulong seed, Func<double, int, int, double> change) =>
        [.. Autoregressive(seed, 0).Select((values, step) => values.Select((value, chain) => change(value, step, chain)).ToArray())];

    /// <summary>xₜ = ρ xₜ₋₁ + √(1-ρ²) ξ, stationary from the start.</summary>
    private static List<double[]> Autoregressive(ulong seed, double memory)
    {
        using var scope = NewDisposeScope();
        var noise = Draw.Normal(seed, Steps, Chains).data<double>().ToArray();
        var values = new List<double[]> { noise[..Chains] };
        for (var step = 1; step < Steps; step++)
        {
            values.Add([.. values[^1].Select((value, chain) => (memory * value) + (Math.Sqrt(1 - (memory * memory)) * noise[(step * Chains) + chain]))]);
        }

        return values;
    }
}
