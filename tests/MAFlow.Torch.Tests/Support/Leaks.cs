using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Counts tensors that an operation leaves behind.</summary>
internal static class Leaks
{
    private const int Repetitions = 4;

    /// <summary>Runs an operation outside any scope, where disposing what it returns must free everything, and inside one, where the scope must.</summary>
    /// <param name="operation">Returns what its caller would have to dispose.</param>
    /// <param name="parameters">Parameters made by one call: TotalCount never forgets the tensor whose handle a new Parameter takes over.</param>
    public static void AssertNone(Func<IEnumerable<IDisposable>> operation, int parameters = 0)
    {
        AssertNone("outside a scope", parameters, () => Dispose(operation(), tensorsToo: true));
        AssertNone("inside a scope", parameters, () =>
        {
            using var scope = NewDisposeScope();
            Dispose(operation(), tensorsToo: false);
        });
    }

    private static void AssertNone(string where, int parameters, Action action)
    {
        action();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var (handles, live) = (Tensor.TotalCount, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        for (var i = 0; i < Repetitions; i++)
        {
            action();
        }

        Assert.AreEqual(handles + (Repetitions * parameters), Tensor.TotalCount, $"Tensors left behind {where} by {Repetitions} calls.");
        Assert.AreEqual(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount, $"Live tensors of this thread {where}.");
    }

    private static void Dispose(IEnumerable<IDisposable> results, bool tensorsToo)
    {
        foreach (var result in results)
        {
            if (tensorsToo || result is not (Tensor or FlowState or Mapped))
            {
                result.Dispose();
            }
        }
    }
}
