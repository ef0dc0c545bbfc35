using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Comparison of tensors entry by entry.</summary>
internal static class Near
{
    public static void Assert(Tensor expected, Tensor actual, double tolerance, string message = "")
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        CollectionAssert.AreEqual(expected.shape, actual.shape, $"Shapes: {message}");
        var difference = Difference(expected, actual);
        Microsoft.VisualStudio.TestTools.UnitTesting.Assert.IsTrue(difference <= tolerance, $"Expected a difference of at most {tolerance:G3}, got {difference:G4}. {message}");
    }

    /// <summary>Largest absolute difference; NaN where one of them is.</summary>
    public static double Difference(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return actual.to(float64).sub(expected.to(float64)).abs().max().item<double>();
    }

    public static void AssertBitEqual(Tensor expected, Tensor actual, string message = "")
    {
        Microsoft.VisualStudio.TestTools.UnitTesting.Assert.AreEqual(expected.dtype, actual.dtype, message);
        CollectionAssert.AreEqual(expected.shape, actual.shape, message);
        CollectionAssert.AreEqual(expected.detach().contiguous().bytes.ToArray(), actual.detach().contiguous().bytes.ToArray(), message);
    }
}
