using System.Diagnostics;
using TorchSharp;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class TorchRuntimeTests
{
    [TestMethod]
    public void Libtorch_loads_and_computes()
    {
        TorchRuntime.EnsureLoaded();
        using var sum = torch.arange(5, torch.int64).sum();
        Assert.AreEqual(10L, sum.item<long>());
    }

    [TestMethod]
    public void Many_threads_may_load_at_once()
    {
        Parallel.For(0, 8, _ => TorchRuntime.EnsureLoaded(new torch.Device(DeviceType.CPU)));
        Assert.AreEqual(DeviceType.CPU, torch.CPU.type);
    }

    [TestMethod]
    public void No_gpu_id_means_the_cpu()
    {
        Assert.AreEqual(DeviceType.CPU, TorchRuntime.EnsureLoaded().type);
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(10_000)]
    public void An_impossible_gpu_id_falls_back_only_where_allowed(int id)
    {
        Assert.AreEqual(DeviceType.CPU, TorchRuntime.EnsureLoaded(id, fallbackToCpu: true).type);
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => TorchRuntime.EnsureLoaded(id));
        StringAssert.StartsWith(e.Message, "Expected a GPU");
    }

    [TestMethod]
    public void Asking_for_a_gpu_that_is_not_there_is_quick_and_silent()
    {
        var console = Console.Out;
        using var printed = new StringWriter();
        var watch = Stopwatch.StartNew();
        Console.SetOut(printed);
        try
        {
            TorchRuntime.EnsureLoaded(10_000, fallbackToCpu: true);
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.AreEqual("", printed.ToString());
        Near.IsBelow(TimeSpan.FromSeconds(10), watch.Elapsed);
    }

    [TestMethod]
    public void Cuda_is_either_usable_or_explained()
    {
        TorchRuntime.EnsureLoaded();
        var cuda = new torch.Device(DeviceType.CUDA, 0);
        if (torch.cuda.is_available())
        {
            TorchRuntime.EnsureLoaded(cuda);
            Assert.AreEqual(DeviceType.CUDA, TorchRuntime.EnsureLoaded(0).type);
            return;
        }

        var e = Assert.ThrowsExactly<TorchRuntimeException>(() => TorchRuntime.EnsureLoaded(cuda));
        StringAssert.Contains(e.Message, "CUDA was asked for");
    }

    [TestMethod]
    public void The_platform_of_the_tests_is_supported()
    {
        Assert.IsTrue(TorchPlatform.Current.IsSupported, TorchPlatform.Current.Identifier);
    }
}
