using TorchSharp;

namespace MAFlow.Tests;

/// <summary>What is set once per run.</summary>
[TestClass]
public static class TestRun
{
    /// <summary>The tests' tensors are small, and their processes run side by side: worker threads would spend their time waiting for each other.</summary>
    [AssemblyInitialize]
    public static void UseOneThreadPerOperation(TestContext context)
    {
        TorchRuntime.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
