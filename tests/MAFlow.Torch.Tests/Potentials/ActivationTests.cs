using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class ActivationTests
{
    private static IEnumerable<object[]> Names => Activation.All.Select(activation => new object[] { activation.Name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void DerivativesAgreeWithAutograd(string name)
    {
        using var scope = NewDisposeScope();
        var activation = Activation.ByName(name);
        var y = cat([linspace(-30, 30, 61, dtype: float64), tensor(new[] { -1e3, -45, 41, 1e3 })]).requires_grad_();
        var s = activation.First(y.detach());
        var first = Derivative(activation.Value(y), y);
        var second = Derivative(first, y);
        var third = Derivative(second, y);
        Near.Assert(first, s, 1e-14);
        Near.Assert(second, activation.Second(s), 1e-14);
        Near.Assert(third, activation.Third(s), 1e-14);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ExtremeArgumentsStayFinite(string name)
    {
        using var scope = NewDisposeScope();
        var activation = Activation.ByName(name);
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            var y = tensor(new[] { -1e3, -100, -41, -39, 0, 39, 41, 100, 1e3 }).to(dtype);
            var s = activation.First(y);
            foreach (var value in new[] { activation.Value(y), s, activation.Second(s), activation.Third(s) })
            {
                Assert.AreEqual(dtype, value.dtype);
                Assert.IsTrue(value.isfinite().all().item<bool>(), $"{name} {dtype}");
            }

            Assert.IsTrue(activation.Second(s).ge(0).all().item<bool>(), "f is convex.");
        }
    }

    [TestMethod]
    public void ValuesKeepFullPrecisionInTheTails()
    {
        using var scope = NewDisposeScope();
        var y = tensor(new[] { -700.0, -50, -1, 0, 1, 39.9, 40.1, 700 });
        double[] softplus = [Math.Exp(-700), Math.Exp(-50), 0.31326168751822286, Math.Log(2), 1.3132616875182228, 39.9, 40.1, 700];
        Near.Assert(ones(8, dtype: float64), Activation.Softplus.Value(y).div(tensor(softplus)), 4e-16);
        double[] logCosh = [700 - Math.Log(2), 50 - Math.Log(2), 0.4337808304830271, 0, 0.4337808304830271, 39.9 - Math.Log(2), 40.1 - Math.Log(2), 700 - Math.Log(2)];
        Near.Assert(tensor(logCosh), Activation.LogCosh.Value(y), 2e-13);
    }

    [TestMethod]
    public void EvenActivationsAreEven()
    {
        using var scope = NewDisposeScope();
        var y = Draw.Normal(1, 200).mul(5);
        foreach (var activation in Activation.All)
        {
            Assert.AreEqual(activation.IsEven, Near.Difference(activation.Value(y), activation.Value(y.neg())) < 1e-14, activation.Name);
        }
    }

    [TestMethod]
    public void AnUnknownNameListsTheKnownOnes()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Activation.ByName("relu"));
        Assert.Contains("softplus, lncosh, got 'relu'", error.Message);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ActivationsFreeTheirTensors(string name)
    {
        using var y = Draw.Normal(1, 5);
        var activation = Activation.ByName(name);
        Leaks.AssertNone(() => [activation.Value(y), activation.First(y), activation.Second(y), activation.Third(y)]);
    }

    /// <summary>At 0, where a form with |y| would have no derivative, and in the numbers that models are made of.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void DerivativesInSinglePrecisionAreRightAtZero(string name)
    {
        using var scope = NewDisposeScope();
        var activation = Activation.ByName(name);
        var y = tensor(new[] { -100f, -20, -1e-4f, 0, 1e-4f, 20, 100 }).requires_grad_();
        var s = activation.First(y.detach());
        var first = Derivative(activation.Value(y), y);
        var second = Derivative(first, y);
        Near.Assert(first, s, 2e-7);
        Near.Assert(second, activation.Second(s), 2e-7);
        Near.Assert(Derivative(second, y), activation.Third(s), 4e-7);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void StridesDoNotMatter(string name)
    {
        using var scope = NewDisposeScope();
        var activation = Activation.ByName(name);
        var y = Draw.Normal(1, 5, 4).mul(3).requires_grad_();
        var (plain, turned) = (activation.Value(y), activation.Value(y.t()));
        Near.AssertBitEqual(plain, turned.t());
        var weights = Draw.Normal(2, 5, 4);
        Near.AssertBitEqual(Derivative(plain.mul(weights), y), Derivative(turned.mul(weights.t()), y));
    }

    /// <summary>A member that is bound by its name at run time may be gone with the next patch of TorchSharp.</summary>
    [TestMethod]
    public void NothingPrivateOfTorchSharpIsCalledByName()
    {
        var accessors = typeof(MongeAmpereFlow).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<UnsafeAccessorAttribute>() is not null).Select(method => method.Name);
        Assert.AreEqual("", string.Join('\n', accessors));
    }

    private static Tensor Derivative(Tensor value, Tensor y) => autograd.grad([value.sum()], [y], create_graph: true)[0];
}
