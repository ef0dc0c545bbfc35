using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Conditional means against sums over all spins with p(s|x) = Π σ(2 xᵢ sᵢ).</summary>
[TestClass]
public sealed class IsingObservablesTests
{
    [TestMethod]
    [DataRow(Boundary.Periodic)]
    [DataRow(Boundary.Open)]
    public void ClosedFormsAreSumsOverAllSpins(Boundary boundary)
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(3, boundary), 2.5);
        var observables = new IsingObservables(energy);
        using var generator = new Generator(1);
        var x = Draw.Normal(2, 2, 9);
        var signs = Draw.Levels(0, 1, 512, 9);
        for (var state = 0; state < 512; state++)
        {
            for (var site = 0; site < 9; site++)
            {
                signs[state, site] = ((state >> site) & 1) == 0 ? -1.0 : 1.0;
            }
        }

        // A spin is a field that is certain of it.
        var certain = signs.mul(50);
        var probability = x.unsqueeze(1).mul(signs.unsqueeze(0)).mul(2).sigmoid().prod(2);
        var functions = observables.Functions(generator);
        foreach (var name in functions.Keys.Where(name => name != IsingObservables.Magnetization))
        {
            Near.Assert(probability.mv(functions[name](certain)), functions[name](x), 1e-12, name);
        }

        var drawn = observables.AbsoluteMagnetization(x.narrow(0, 0, 1).expand(100_000, 9), generator).mean().item<double>();
        Assert.AreEqual(probability[0].dot(signs.mean([1L]).abs()).item<double>(), drawn, 3e-3);
        Assert.AreEqual(boundary == Boundary.Periodic, functions.ContainsKey(IsingObservables.StructureFactor));
    }

    [TestMethod]
    public void ObservablesLeaveNothingBehind()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), 2.5);
        using var x = Draw.Normal(3, 2, 9);
        Leaks.AssertNone(() =>
        {
            var observables = new IsingObservables(energy);
            using var generator = new Generator(1);
            var functions = observables.Functions(generator);
            return [.. functions.Keys.Select(name => functions[name](x))];
        });
    }
}
