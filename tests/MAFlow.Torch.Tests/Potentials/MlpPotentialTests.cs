using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class MlpPotentialTests
{
    [TestMethod]
    public void OneLayerIsARidgePotential()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var perceptron = new MlpPotential(3, [5], Activation.Softplus, generator, readoutScale: 1);
        perceptron.to(float64);
        var parameters = perceptron.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter);
        using var ridge = new RidgePotential(parameters["layer0.weight"], parameters["layer0.bias"], parameters["readout"], Activation.Softplus);
        var x = Draw.Normal(1, 4, 3);
        Near.Assert(ridge.Value(x), perceptron.Value(x), 1e-14);
        Near.Assert(ridge.Laplacian(x), perceptron.Laplacian(x), 1e-13);
    }

    [TestMethod]
    public void AReadoutOfZeroIsTheIdentityMap()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(new MlpPotential(2, [4, 4], Activation.Softplus, generator, readoutScale: 0));
        var x = randn(5, 2, generator: generator);
        Near.Assert(x, flow.Encode(x).Z, 0);
    }

    [TestMethod]
    public void ParametersSurviveAChangeOfTypeWithoutGradients()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var potential = new MlpPotential(2, [4, 3], Activation.Softplus, generator);
        using (NewDisposeScope())
        using (no_grad())
        {
            potential.to(float64);
        }

        Assert.HasCount(5, potential.parameters().ToList());
        potential.Value(ones(2, 2, dtype: float64)).sum().backward();
        Assert.IsTrue(potential.parameters().All(parameter => parameter.requires_grad && parameter.grad is not null));
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameWeights()
    {
        using var scope = NewDisposeScope();
        var first = Weights(3);
        Near.AssertBitEqual(first, Weights(3));
        Assert.AreNotEqual(0.0, Near.Difference(first, Weights(4)));
        static Tensor Weights(ulong seed)
        {
            using var generator = new Generator(seed);
            var potential = new MlpPotential(3, [5, 4], Activation.Softplus, generator);
            return cat([.. potential.parameters().Select(parameter => parameter.detach().flatten())]);
        }
    }

    [TestMethod]
    public void ArgumentsOutOfRangeAreRefused()
    {
        using var generator = new Generator(1);
        Assert.Contains("[64, 64]", Assert.ThrowsExactly<ArgumentException>(() => new MlpPotential(3, [], Activation.Softplus, generator)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MlpPotential(3, [4, 0], Activation.Softplus, generator));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MlpPotential(0, [4], Activation.Softplus, generator));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MlpPotential(3, [4], Activation.Softplus, generator, -1));
    }
}
