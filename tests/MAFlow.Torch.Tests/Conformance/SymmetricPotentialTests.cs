using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What every potential with a symmetry promises, in float64.</summary>
[TestClass]
public sealed class SymmetricPotentialTests
{
    private static IEnumerable<object[]> Families => SymmetricPotentials.Names;

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void LogProbIsUnchangedByTheElementsOfTheGroup(string family)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(2);
        using var flow = Flow(family, 6);
        var group = flow.Potential.Symmetry;
        var x = randn([4, flow.Dimension], dtype: float64, generator: generator);
        var expected = flow.LogProb(x);
        Assert.IsNotEmpty(group.Generators);
        foreach (var element in group.Generators.Concat(Enumerable.Range(0, 12).Select(_ => group.Draw(generator))))
        {
            Near.Assert(expected, flow.LogProb(element.Apply(x)), 1e-10, element.Text());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void TheMapMovesImagesToImages(string family)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(3);
        using var flow = Flow(family, 4);
        var z = randn([3, flow.Dimension], dtype: float64, generator: generator);
        var element = flow.Potential.Symmetry.Draw(generator);
        Near.Assert(element.Apply(flow.Decode(z).X), flow.Decode(element.Apply(z)).X, 1e-10);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void BackwardsUndoesForwards(string family)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(4);
        using var flow = Flow(family, 100);
        var z = randn([3, flow.Dimension], dtype: float64, generator: generator);
        var decoded = flow.Decode(z);
        var encoded = flow.Encode(decoded.X);
        Near.Assert(z, encoded.Z, 1e-7);
        Near.Assert(decoded.LogProb, encoded.LogProb, 1e-7);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void ClosedFormsEqualAutograd(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = SymmetricPotentials.Create(family);
        using var generic = new ValueOnly(potential);
        var x = Draw.Normal(5, 3, potential.Dimension);
        Near.Assert(generic.Gradient(x), potential.Gradient(x), 1e-11);
        Near.Assert(generic.Laplacian(x), potential.Laplacian(x), 1e-10);
    }

    private static MongeAmpereFlow Flow(string family, int depth) => new(SymmetricPotentials.Create(family), new() { Horizon = 1, Depth = depth });

    [TestMethod]
    public void DeepSetsAtRestAreTheIdentityUntilTheyAreTrained()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        using var flow = new MongeAmpereFlow(DeepSetsPotential.AtRest(4, 2, features: 5, hiddenUnits: 3, Activation.Softplus, generator, float64));
        var z = randn([3, 8], dtype: float64, generator: generator);
        var state = flow.Decode(z);
        Near.Assert(z, state.X, 0);
        Near.Assert(StandardNormal.LogProb(z), state.LogProb, 0);
        flow.LogProb(z).sum().backward();
        var gradients = flow.Potential.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter.grad);
        foreach (var readout in new[] { "amplitude", "collective" })
        {
            Assert.IsGreaterThan(0, gradients[readout]!.abs().min().item<double>(), readout);
        }
    }
}
