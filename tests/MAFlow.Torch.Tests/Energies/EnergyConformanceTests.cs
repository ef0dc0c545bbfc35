using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>
/// What every energy must keep: gradient against differences, symmetry under its generators, leak-free evaluation. A new energy is one line
/// here.
/// </summary>
[TestClass]
public sealed class EnergyConformanceTests
{
    private static readonly Dictionary<string, Func<Energy>> _energies = new()
    {
        ["gaussian"] = () => new GaussianEnergy(tensor([0.5, -1.0], dtype: float64), tensor(new double[,] { { 2, 0.3 }, { 0.3, 0.7 } })),
        ["mixture"] = () => new GaussianMixtureEnergy(tensor(new double[,] { { 2, 0 }, { -1, 1 } }), 0.5),
        ["ring"] = () => new RingEnergy(),
        ["rings"] = () => new ConcentricRingsEnergy([1, 2.5], 0.1),
        ["wave"] = () => new WaveEnergy(),
        ["phi4"] = () => new Phi4Energy(Lattice.Square(3), 0.2, 0.5),
        ["centred gaussian"] = () => new GaussianEnergy(zeros(2, dtype: float64), tensor(new double[,] { { 2, 0.3 }, { 0.3, 0.7 } })),
        ["phi4 from a mass"] = () => Phi4Energy.FromMass(Lattice.Square(3), -4, 4.572),
        ["phi4 from a mass, open"] = () => Phi4Energy.FromMass(new Lattice(Boundary.Open, 2, 3), -1, 0.3, 2),
        ["phi4 with 3 components"] = () => new Phi4Energy(new Lattice(Boundary.Periodic, 2, 3), 0.2, 0.5, 3),
        ["phi4 with 2 components, open"] = () => new Phi4Energy(new Lattice(Boundary.Open, 2, 3), 0.2, 0.5, 2),
        ["delegate"] = () => new DelegateEnergy(3, x => x.square().sum([1L])),
        ["double wells"] = () => ParticleEnergy.DoubleWells(),
        ["double wells on a line"] = () => ParticleEnergy.DoubleWells(3, 1, linear: 0.2, temperature: 2),
        ["lennard-jones"] = () => ParticleEnergy.LennardJones(3, depth: 1e-2),
        ["lennard-jones in a box"] = () => ParticleEnergy.LennardJonesInBox(4, 5, 2.5, coordinates: 2, depth: 1e-2),
        ["ising torus"] = () => new IsingEnergy(Lattice.Square(4), 2.0),
        ["ising odd torus"] = () => new IsingEnergy(Lattice.Square(3), 2.5),
        ["ising 3-D"] = () => new IsingEnergy(new Lattice(Boundary.Periodic, 2, 3, 4), 4.5),
        ["ising chain"] = () => new IsingEnergy(new Lattice(Boundary.Periodic, 5), 1.2),
        ["ising 4-D"] = () => new IsingEnergy(new Lattice(Boundary.Periodic, 2, 2, 2, 2), 6.7),
        ["ising open 3-D"] = () => new IsingEnergy(new Lattice(Boundary.Open, 2, 3, 2), 0.05),
        ["ising open"] = () => new IsingEnergy(Lattice.Square(3, Boundary.Open), 2.0),
        ["ising matrix"] = () => new IsingEnergy(tensor(new double[,] { { 0, 0.4, 0 }, { 0.4, 0, -0.2 }, { 0, -0.2, 0 } }), 0.8),
    };

    public static IEnumerable<object[]> Names => _energies.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void GradientEqualsCentralDifferences(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var energy = _energies[name]();
        var x = randn([3, energy.Dimension], dtype: float64, generator: generator);
        var gradient = energy.Gradient(x);
        const double step = 1e-5;
        for (var i = 0L; i < energy.Dimension; i++)
        {
            var direction = zeros_like(x);
            direction.select(1, i).fill_(step);
            var difference = energy.Value(x.add(direction)).sub(energy.Value(x.sub(direction))).div(2 * step);
            Near.IsBelow(1e-7, difference.sub(gradient.select(1, i)).abs().max().item<double>());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void IsUnchangedByItsSymmetries(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        using var energy = _energies[name]();
        var x = randn([5, energy.Dimension], dtype: float64, generator: generator);
        var expected = energy.Value(x);
        foreach (var element in energy.Symmetry.Generators.Append(energy.Symmetry.Draw(generator)))
        {
            Near.IsBelow(1e-11, energy.Value(element.Apply(x)).sub(expected).abs().max().item<double>());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void EvaluationLeavesNothingBehindAndRejectsOtherShapes(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var energy = _energies[name]();
        var x = randn([2, energy.Dimension], dtype: float32, generator: generator);
        Assert.AreEqual(ScalarType.Float32, energy.Value(x).dtype);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        energy.Value(x).Dispose();
        energy.Gradient(x).Dispose();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        var other = zeros([2, energy.Dimension + 1]);
        Assert.ThrowsExactly<ArgumentException>(() => energy.Value(other));
    }

    [TestMethod]
    [DataRow("gaussian", 12.0)]
    [DataRow("mixture", 8.0)]
    [DataRow("ring", 6.0)]
    [DataRow("rings", 6.0)]
    [DataRow("wave", 16.0)]
    public void ExactPartitionFunctionEqualsQuadratureInThePlane(string name, double range)
    {
        using var scope = NewDisposeScope();
        using var energy = _energies[name]();
        const int points = 1601;
        var axis = linspace(-range, range, points, dtype: float64);
        var grid = cartesian_prod(axis, axis);
        var spacing = 2 * range / (points - 1);
        var total = energy.Value(grid).neg().logsumexp(0).item<double>() + (2 * Math.Log(spacing));
        // The ring's energy has a cone at its centre, where the grid is of second order only.
        Assert.AreEqual(energy.ExactLogPartition()!.Value, total, name is "ring" or "rings" ? 1e-4 : 1e-9);
    }

    [TestMethod]
    public void RingAndFreeFieldHaveTheirReferenceValues()
    {
        using var ring = new RingEnergy();
        Assert.AreEqual(2.5336720590, ring.ExactLogPartition()!.Value, 1e-9);
        using var field = new Phi4Energy(Lattice.Square(4), 0.15, 0);
        Assert.AreEqual(0.5981002498, field.ExactLogPartition()!.Value / 16, 1e-9);
        using var interacting = new Phi4Energy(Lattice.Square(4), 0.15, 0.1);
        Assert.IsNull(interacting.ExactLogPartition());
    }
}
