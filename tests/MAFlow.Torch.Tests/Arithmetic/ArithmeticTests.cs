using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Each method with a number is torch's of the same name, bit for bit and type for type.</summary>
[TestClass]
public sealed class ArithmeticTests
{
    private static readonly IReadOnlyDictionary<string, (Func<Tensor, Tensor> Ours, Func<Tensor, Tensor> Torch)> _pairs =
        new Dictionary<string, (Func<Tensor, Tensor>, Func<Tensor, Tensor>)>
        {
            ["Add tensor"] = (x => x.Add(x), x => x.add(x)),
            ["Add tensor, alpha"] = (x => x.@double().Add(x.@double(), alpha: 0.3), x => x.@double().add(x.@double(), alpha: 0.3)),
            ["Add number"] = (x => x.@double().Add(0.1), x => x.@double().add(0.1)),
            ["Add_"] = (x => x.clone().Add_(x), x => x.clone().add_(x)),
            ["Sub"] = (x => x.@double().Sub(0.1), x => x.@double().sub(0.1)),
            ["Sub whole"] = (x => x.Sub(1), x => x.sub(1)),
            ["Mul"] = (x => x.@double().Mul(0.1), x => x.@double().mul(0.1)),
            ["Mul whole"] = (x => x.Mul(-3), x => x.mul(-3)),
            ["Mul_"] = (x => x.@double().clone().Mul_(0.1), x => x.@double().clone().mul_(0.1)),
            ["Div"] = (x => x.Div(3), x => x.div(3)),
            ["Mul by a double"] = (x => x.@float().Mul(2.5), x => x.@float().mul(2.5)),
            ["Add -1"] = (x => x.@double().Add(-1), x => x.@double().sub(1)),
            ["Div_"] = (x => x.@double().clone().Div_(3), x => x.@double().clone().div_(3)),
            ["Remainder"] = (x => x.Remainder(2), x => x.remainder(2)),
            ["Square"] = (x => x.Square(), x => x.square()),
            ["Pow"] = (x => x.@double().Pow(3), x => x.@double().pow(3)),
            ["Eq"] = (x => x.Eq(2), x => x.eq(2)),
            ["Ne"] = (x => x.Ne(2), x => x.ne(2)),
            ["Lt"] = (x => x.Lt(2), x => x.lt(2)),
            ["Le"] = (x => x.Le(2), x => x.le(2)),
            ["Gt"] = (x => x.Gt(2), x => x.gt(2)),
            ["Ge"] = (x => x.Ge(2), x => x.ge(2)),
            ["ClampMin"] = (x => x.@double().ClampMin(0.5), x => x.@double().clamp_min(0.5)),
            ["Clamp"] = (x => x.@double().Clamp(0.5, 1.5), x => x.@double().clamp(0.5, 1.5)),
            ["Clamp whole"] = (x => x.Clamp(0, 1), x => x.clamp(0, 1)),
            ["MaskedFill"] = (x => x.@double().MaskedFill(x.Gt(0), 0.1), x => x.@double().masked_fill(x.gt(0), 0.1)),
            ["IndexFill_"] = (x => x.clone().IndexFill_(0, tensor(new[] { 1L }), 7), x => x.clone().index_fill_(0, tensor(new[] { 1L }), 7)),
            ["FullLike"] = (x => x.@double().FullLike(0.1), x => full_like(x.@double(), 0.1)),
            ["Arange"] = (x => TensorFactories.Arange(x.shape[0], int64), x => arange(x.shape[0], dtype: int64)),
            ["Full"] = (x => TensorFactories.Full(x.shape[0], 0.1, float64), x => full(x.shape[0], 0.1, dtype: float64)),
        };

    public static IEnumerable<string> Names => _pairs.Keys;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Is_what_torch_computes(string name)
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { int64, float32, float64 })
        {
            var x = tensor(new[] { -2.5, -1, 0, 1, 2, 3.25, 7 }).to(type);
            var (ours, torchs) = (_pairs[name].Ours(x), _pairs[name].Torch(x));
            Assert.AreEqual(torchs.dtype, ours.dtype, $"{name} of {type}");
            Assert.IsTrue(ours.eq(torchs).all().item<bool>(), $"{name} of {type}: {ours.cstr()} instead of {torchs.cstr()}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Leaves_nothing(string name)
    {
        using var x = tensor(new[] { -2L, -1, 0, 1, 2 });
        Leaks.AssertNone(() =>
        {
            using var scope = NewDisposeScope();
            return [_pairs[name].Ours(x).MoveToOuterDisposeScope()];
        });
    }
}
