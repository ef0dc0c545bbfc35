namespace MAFlow.MLNet.Tests;

/// <summary>Short arithmetic on processors with and without it, each in a process of its own.</summary>
[TestClass]
public sealed class PrecisionTests
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

    [TestMethod]
    public void Where_the_processor_has_it_it_is_taken()
    {
        if (!File.Exists("/proc/cpuinfo") || !File.ReadAllText("/proc/cpuinfo").Contains("avx512_bf16"))
        {
            Assert.Inconclusive("This processor has no products in bfloat16.");
        }

        var lines = LoadHost.Run("precision").Trim().Split('\n');
        Assert.StartsWith("Fastest BFloat16Products Step 0: Precision.Fastest took Precision.BFloat16Products: a product of 128 rows takes 0.", lines[0]);
        Assert.AreEqual("BFloat16Products BFloat16Products", lines[1].Trim());
    }
}
