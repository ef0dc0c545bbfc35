using TorchSharp;

namespace MAFlow.MLNet.Tests;

[TestClass]
public sealed class TorchLoadingTests
{
    [TestMethod]
    public void A_project_that_refers_to_the_plug_in_alone_gets_a_libtorch_that_loads()
    {
        TorchRuntime.EnsureLoaded();
        using var product = torch.tensor([2L, 3L]).prod();
        Assert.AreEqual(6L, product.item<long>());
    }
}
