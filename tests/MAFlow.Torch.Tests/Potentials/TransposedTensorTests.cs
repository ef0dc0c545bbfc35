using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Potentials that are made from transposed tensors, whose numbers do not lie in a row, train and are stored like others.</summary>
[TestClass]
public sealed class TransposedTensorTests
{
    private static readonly Dictionary<string, Func<Func<Tensor, Tensor>, Potential>> _families = new()
    {
        ["ridge"] = lay => new RidgePotential(lay(Draw.Normal(1, 5, 2)), Draw.Normal(2, 5), Draw.Normal(3, 5).mul(0.1), Activation.Softplus),
        ["lattice"] = lay => new LatticeRidgePotential(new Lattice(Boundary.Periodic, 2), lay(Draw.Normal(1, 3, 2)), Draw.Normal(2, 3).mul(0.1)),
        ["deep sets"] = lay => new DeepSetsPotential(
            2,
            new Dictionary<string, Tensor>
            {
                ["weight"] = lay(Draw.Normal(1, 4, 1)), ["bias"] = Draw.Normal(2, 4), ["amplitude"] = Draw.Normal(3, 4).mul(0.1),
                ["mixing"] = lay(Draw.Normal(4, 3, 4)), ["offset"] = Draw.Normal(5, 3), ["collective"] = Draw.Normal(6, 3).mul(0.1),
            },
            Activation.Softplus),
    };

    private static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TheyTrainAndAreStored(string family)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var data = Toy.Ring(1, 96);
        using var model = Model(_families[family](Transposed), data);
        using var other = Model(_families[family](tensor => tensor), data);
        var options = Toy.Short with { MaxEpochs = 2, CheckpointPath = folder["checkpoint"], KeepCheckpoint = true };
        new DensityTrainer(options).Fit(model, data);
        new DensityTrainer(options with { CheckpointPath = null, KeepCheckpoint = false }).Fit(other, data);
        CollectionAssert.AreEqual(Models.Bytes(other), Models.Bytes(model));
        using var loaded = Models.Load(Models.Bytes(model));
        Near.AssertBitEqual(model.LogProb(data), loaded.LogProb(data));
    }

    private static Tensor Transposed(Tensor tensor)
    {
        var result = tensor.t().contiguous().t();
        Assert.IsTrue(!result.is_contiguous() || result.shape[1] == 1);
        return result;
    }

    private static DensityModel Model(Potential potential, Tensor data)
    {
        using var generator = new Generator(1);
        return new(BijectionChain.Fit([new Standardization()], data, generator), new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 2 }));
    }
}
