using System.Globalization;
using System.Text.RegularExpressions;

namespace MAFlow.MLNet.Tests;

/// <summary>Short arithmetic on processors with and without it, each in a process of its own.</summary>
[TestClass]
public sealed partial class PrecisionTests
{
    private static readonly Dictionary<string, string> _withoutShortProducts = new() { ["ONEDNN_MAX_CPU_ISA"] = "AVX2", ["ATEN_CPU_CAPABILITY"] = "avx2", ["DNNL_MAX_CPU_ISA"] = "AVX2" };

    [TestMethod]
    public void Where_it_is_slow_the_choice_is_full_and_an_explicit_wish_is_remarked_on()
    {
        var lines = LoadHost.Run(_withoutShortProducts, "precision").Trim().Split('\n');
        Assert.StartsWith("Fastest Full Step 0: Precision.Fastest took Precision.Full: a product of 128 rows takes ", lines[0]);
        Assert.StartsWith("BFloat16Products BFloat16Products Step 0: Precision.BFloat16Products is slow: a product of 128 rows takes ", lines[1]);
        Assert.AreEqual("Full Full", lines[2].Trim());
    }

    /// <summary>Having the instructions is not being faster by them: what was measured decides, and is told.</summary>
    [TestMethod]
    public void Where_the_processor_has_it_what_is_faster_is_taken()
    {
        if (!File.Exists("/proc/cpuinfo") || !File.ReadAllText("/proc/cpuinfo").Contains("avx512_bf16"))
        {
            Assert.Inconclusive("This processor has no products in bfloat16.");
        }

        var lines = LoadHost.Run("precision").Trim().Split('\n');
        var told = Told().Match(lines[0]);
        Assert.IsTrue(told.Success, lines[0]);
        var ratio = double.Parse(told.Groups["ratio"].Value, CultureInfo.InvariantCulture);
        Assert.AreEqual(told.Groups["taken"].Value, told.Groups["remarked"].Value);
        // Two digits are told; 0.8 is where a gain begins to be worth the lost bits, 1.2 where a wish is remarked on.
        Assert.Contains(told.Groups["taken"].Value, ratio is > 0.79 and < 0.81 ? ["Full", "BFloat16Products"] : ratio < 0.8 ? ["BFloat16Products"] : (string[])["Full"]);
        Assert.StartsWith("BFloat16Products BFloat16Products", lines[1]);
        if (ratio is < 1.15 or > 1.25)
        {
            Assert.AreEqual(ratio > 1.2, lines[1].Contains("is slow", StringComparison.Ordinal), lines[1]);
        }
    }

    [GeneratedRegex(@"^Fastest (?<taken>\w+) Step 0: Precision\.Fastest took Precision\.(?<remarked>\w+): a product of 128 rows takes (?<ratio>[0-9.]+) times")]
    private static partial Regex Told();
}
