using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Counts tensors that an operation leaves behind.</summary>
internal static class Leaks
{
    private const int Repetitions = 4;

    /// <summary>Runs an operation outside any scope, where disposing what it returns must free everything, and inside one, where the scope must.</summary>
    public static void AssertNone(Func<IEnumerable<IDisposable>> operation)
    {
        AssertNone("outside a scope", () => Dispose(operation(), tensorsToo: true));
        AssertNone("inside a scope", () =>
        {
            using var scope = NewDisposeScope();
            Dispose(operation(), tensorsToo: false);
        });
    }

    private static void AssertNone(string where, Action action)
    {
        action();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var (handles, live) = (Tensor.TotalCount, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        for (var i = 0; i < Repetitions; i++)
        {
            action();
        }

        Assert.AreEqual(handles, Tensor.TotalCount, $"Tensors left behind {where} by {Repetitions} calls.");
        Assert.AreEqual(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount, $"Live tensors of this thread {where}.");
    }

    private static void Dispose(IEnumerable<IDisposable> results, bool tensorsToo)
    {
        foreach (var result in results)
        {
            if (tensorsToo || result is not (Tensor or FlowState))
            {
                result.Dispose();
            }
        }
    }
}
