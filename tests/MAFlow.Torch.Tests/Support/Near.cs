using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Comparison of tensors entry by entry, and of numbers with bounds that NaN does not meet.</summary>
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

    /// <summary>Fails unless value &lt; bound, for NaN as well, which Assert.IsLessThan lets pass.</summary>
    public static void IsBelow<T>(T bound, T value, string message = "")
        where T : IComparable<T> =>
        Microsoft.VisualStudio.TestTools.UnitTesting.Assert.IsTrue(IsNumber(value) && value.CompareTo(bound) < 0, $"Expected less than {bound}, got {value}. {message}");

    /// <summary>Fails unless value ≤ bound, for NaN as well, which Assert.IsLessThanOrEqualTo lets pass.</summary>
    public static void IsAtMost<T>(T bound, T value, string message = "")
        where T : IComparable<T> =>
        Microsoft.VisualStudio.TestTools.UnitTesting.Assert.IsTrue(IsNumber(value) && value.CompareTo(bound) <= 0, $"Expected at most {bound}, got {value}. {message}");

    public static void AssertBitEqual(Tensor expected, Tensor actual, string message = "")
    {
        Microsoft.VisualStudio.TestTools.UnitTesting.Assert.AreEqual(expected.dtype, actual.dtype, message);
        CollectionAssert.AreEqual(expected.shape, actual.shape, message);
        CollectionAssert.AreEqual(expected.detach().contiguous().bytes.ToArray(), actual.detach().contiguous().bytes.ToArray(), message);
    }

    private static bool IsNumber<T>(T value) => value is not (double.NaN or float.NaN);
}
