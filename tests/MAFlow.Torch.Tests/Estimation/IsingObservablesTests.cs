using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Conditional means against sums over all spins with p(s|x) = Π σ(2 xᵢ sᵢ).</summary>
[TestClass]
public sealed class IsingObservablesTests
{
    [TestMethod]
    [DataRow(Boundary.Periodic, 3, 3)]
    [DataRow(Boundary.Open, 3, 3)]
    [DataRow(Boundary.Periodic, 2, 4)]
    public void ClosedFormsAreSumsOverAllSpins(Boundary boundary, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(new Lattice(boundary, rows, columns), 2.5);
        var observables = new IsingObservables(energy);
        using var generator = new Generator(1);
        var sites = rows * columns;
        var x = Draw.Normal(2, 2, sites);
        var signs = Draw.Levels(0, 1, 1 << sites, sites);
        for (var state = 0; state < 1 << sites; state++)
        {
            for (var site = 0; site < sites; site++)
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

        var drawn = observables.AbsoluteMagnetization(x.narrow(0, 0, 1).expand(100_000, sites), generator).mean().item<double>();
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
