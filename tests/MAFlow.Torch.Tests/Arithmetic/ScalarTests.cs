using MAFlow.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>No scalar is made that a garbage collection could free while torch reads it.</summary>
[TestClass]
public sealed class ScalarTests
{
    private static readonly Lazy<IReadOnlyList<string>> _foundHere = new(() => UnheldScalars.In(typeof(ScalarTests).Assembly.Location));

    [TestMethod]
    public void The_library_holds_every_scalar_that_it_makes() =>
        Assert.AreEqual("", string.Join('\n', UnheldScalars.In(typeof(MongeAmpereFlow).Assembly.Location)));

    [TestMethod]
    [DataRow(nameof(Implicit), "Scalar::op_Implicit")]
    [DataRow(nameof(Argument), "ScalarExtensionMethods::ToScalar")]
    [DataRow(nameof(InsideOfAdd), "Tensor::add(")]
    [DataRow(nameof(InsideOfSquare), "torch::square(")]
    public void One_that_is_not_held_is_found(string method, string called) =>
        Assert.IsTrue(_foundHere.Value.Any(call => call.Contains($"{nameof(ScalarTests)}::{method}(") && call.Contains(called)));

    [TestMethod]
    public void One_that_is_held_is_not() =>
        Assert.IsFalse(_foundHere.Value.Any(call => call.Contains($"{nameof(ScalarTests)}::{nameof(Held)}(")));

    private static Tensor Implicit(Tensor x) => x.mul(2);

    private static Tensor Argument(Tensor x) => x.mul(2.0.ToScalar());

    private static Tensor InsideOfAdd(Tensor x) => x.add(x);

    private static Tensor InsideOfSquare(Tensor x) => square(x);

    private static Tensor Held(Tensor x)
    {
        using var two = 2.ToScalar();
        return x.mul(two);
    }
}
