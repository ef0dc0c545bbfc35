using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class TensorBytesTests
{
    [TestMethod]
    [DataRow(8L)]
    [DataRow(24L)]
    [DataRow(1L << 28)]
    public void BytesOfAnyLayoutComeBlockByBlockAndGoBack(long blockBytes)
    {
        using var scope = NewDisposeScope();
        var plain = Draw.Normal(1, 4, 5);
        var tensors = new[] { plain, plain.t(), plain.narrow(1, 1, 3), plain[2], tensor(3.5, dtype: float64), zeros(0, 3, dtype: float64), plain.to(float32).t(), plain.requires_grad_() };
        foreach (var value in tensors)
        {
            using var stream = new MemoryStream();
            var largest = 0;
            TensorBytes.Write(value, bytes => { largest = Math.Max(largest, bytes.Length); stream.Write(bytes); }, blockBytes);
            Near.IsAtMost(blockBytes, largest);
            var expected = value.detach().to(float64).contiguous().flatten().data<double>().ToArray();
            var actual = value.dtype == float64
                ? MemoryMarshal.Cast<byte, double>(stream.ToArray()).ToArray()
                : [.. MemoryMarshal.Cast<byte, float>(stream.ToArray()).ToArray().Select(number => (double)number)];
            CollectionAssert.AreEqual(expected, actual);
            stream.Position = 0;
            var back = empty(value.shape, dtype: value.dtype);
            Assert.IsTrue(TensorBytes.Fill(back, stream, blockBytes));
            Near.AssertBitEqual(value, back);
        }

        using var tooShort = new MemoryStream(new byte[31]);
        Assert.IsFalse(TensorBytes.Fill(empty(4, dtype: float64), tooShort, blockBytes));
    }

    [TestMethod]
    public void APotentialMadeFromATransposedTensorIsTrainedResumedAndSaved()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var weight = Draw.Normal(1, 3, 5).t();
        Assert.IsFalse(weight.is_contiguous());
        var potential = new RidgePotential(weight, Draw.Normal(2, 5), Draw.Normal(3, 5).mul(0.1), Activation.Softplus);
        using var model = new DensityModel(new BijectionChain(), new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 2 }));
        var data = Draw.Normal(4, 60, 3);
        new DensityTrainer(new() { MaxEpochs = 2, BatchSize = 20, CheckpointPath = folder["checkpoint"], KeepCheckpoint = true }).Fit(model, data);
        model.Save(folder["model"]);
        using var loaded = DensityModel.Load(folder["model"]);
        Near.Assert(model.LogProb(data), loaded.LogProb(data), 1e-12);
        new DensityTrainer(new() { MaxEpochs = 2, BatchSize = 20, CheckpointPath = folder["checkpoint"], KeepCheckpoint = true }).Fit(model, data);
    }
}
