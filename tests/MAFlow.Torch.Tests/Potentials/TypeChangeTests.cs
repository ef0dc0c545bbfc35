using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A potential that moves to another type computes with its parameters there, and trains them.</summary>
[TestClass]
public sealed class TypeChangeTests
{
    private static IEnumerable<object[]> Families => PotentialFamilies.Names.Where(name => name[0] is not "swinging");

    private static IEnumerable<object[]> Symmetric => SymmetricPotentials.Names;

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void EveryFamilyMoves(string family) => Check(
        // The second part of the first part never holds: that one ends before it begins.
        PotentialFamilies.Create(family), name => family != "piecewise of piecewise" || !name.StartsWith("part0.part1", StringComparison.Ordinal));

    [TestMethod]
    [DynamicData(nameof(Symmetric))]
    public void EverySymmetricFamilyMoves(string family) => Check(SymmetricPotentials.Create(family), _ => true);

    private static void Check(Potential potential, Func<string, bool> reached)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 3 });
        var x = Draw.Normal(1, 4, flow.Dimension);
        var expected = (LogProb: flow.LogProb(x).detach(), Value: Values(x).detach(), Laplacian: potential.Laplacian(x, 0.3).detach());
        potential.to(ScalarType.Float32);
        Assert.IsTrue(potential.DependsOn.All(tensor => tensor.dtype == ScalarType.Float32 && !tensor.IsInvalid), "What it depends on is what it has.");
        var single = flow.LogProb(x);
        Assert.AreEqual(ScalarType.Float32, single.dtype);
        Near.Assert(expected.LogProb, single, 1e-4);
        Near.Assert(expected.Value, Values(x.to(float32)), 1e-4);
        Near.Assert(expected.Laplacian, potential.Laplacian(x.to(float32), 0.3), 1e-4);
        if (flow.NamedParameters().Count > 0)
        {
            CheckTraining();
        }

        potential.to(ScalarType.Float64);
        Assert.AreEqual(ScalarType.Float64, flow.LogProb(x).dtype);

        Tensor Values(Tensor points) => stack([potential.Value(points, 0.3), potential.Value(points, 0.8)]);

        void CheckTraining()
        {
            single.sum().add(Values(x.to(float32)).sum()).backward();
            foreach (var (name, parameter) in flow.NamedParameters().Where(parameter => reached(parameter.Name)))
            {
                Assert.AreEqual(ScalarType.Float32, parameter.grad?.dtype, name);
            }

            // The sum changes where a parameter does: what is trained is what is used.
            using var _ = no_grad();
            foreach (var (name, parameter) in flow.NamedParameters())
            {
                parameter.fill_(0.5f);
            }

            Assert.IsGreaterThan(1e-3, Near.Difference(expected.Value, Values(x.to(float32))));
        }
    }
}
