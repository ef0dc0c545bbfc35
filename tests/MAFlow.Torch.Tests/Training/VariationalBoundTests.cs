using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>F = E[ln p + E] ≥ -ln Z for any flow, trained or not: random small models of every family on targets whose ln Z is known.</summary>
[TestClass]
public sealed class VariationalBoundTests
{
    private const int Trials = 200;
    private const int Samples = 256;

    [TestMethod]
    public void TwoHundredRandomModelsNeverBreakTheBound()
    {
        using var _ = no_grad();
        using var generator = new Generator(8);
        var random = new Random(8);
        var closest = double.PositiveInfinity;
        for (var trial = 0; trial < Trials; trial++)
        {
            using var scope = NewDisposeScope();
            var (energy, flow) = Model(trial, random, generator);
            using (energy)
            using (flow)
            {
                var sample = flow.Sample(Samples, generator);
                var values = sample.LogProb.add(energy.Value(sample.X));
                var error = values.std().item<double>() / Math.Sqrt(Samples);
                var gap = values.mean().item<double>() + energy.ExactLogPartition()!.Value;
                Assert.IsGreaterThan((-4 * error) - 1e-6, gap, $"{energy.GetType().Name} and {flow.Potential.GetType().Name}, trial {trial}");
                closest = Math.Min(closest, gap);
            }
        }

        // Some of them come near their targets, where a broken bound would show.
        Near.IsBelow(0.1, closest);
    }

    private static (Energy Energy, MongeAmpereFlow Flow) Model(int trial, Random random, Generator generator)
    {
        var options = new MongeAmpereFlowOptions { Horizon = 1, Depth = 12 };
        Tensor Normal(double scale, params long[] shape) => randn(shape, dtype: float64, generator: generator).mul(scale);
        switch (trial % 5)
        {
            case 0:
                var lattice = new Lattice(Boundary.Periodic, random.Next(2, 4), random.Next(2, 4));
                var ising = new IsingEnergy(lattice, 1 + (4 * random.NextDouble()));
                return (ising, new(LatticeRidgePotentialTests.RandomPotential(lattice, generator), options, CirculantGaussianMap.For(ising, ScalarType.Float64)));
            case 1:
                var dimension = random.Next(1, 4);
                var root = Normal(0.3, dimension, dimension);
                var gaussian = new GaussianEnergy(Normal(0.3, dimension), root.mm(root.t()).add(eye(dimension, dtype: float64)));
                return (gaussian, new(PotentialFamilies.Ridge(Activation.Softplus, 5, dimension, (ulong)trial, 0.1), options));
            case 2:
                var ring = new RingEnergy(0.5 + (2 * random.NextDouble()), 0.1 + random.NextDouble());
                return (ring, new(new SymmetrizedPotential(PotentialFamilies.Ridge(Activation.LogCosh, 4, 2, (ulong)trial), SymmetryGroup.Permutations(2)), options));
            case 3:
                var coordinates = random.Next(1, 4);
                var wells = ParticleEnergy.DoubleWells(2, coordinates, distance: 3 * random.NextDouble(), temperature: 1 + (3 * random.NextDouble()));
                return (wells, new(Particles.Random(2, coordinates), options));
            default:
                var field = new Phi4Energy(new Lattice(Boundary.Open, random.Next(2, 5)), 0.3 * random.NextDouble(), 0);
                return (field, new(SymmetricPotentials.DeepSets((int)field.Dimension, 1, Activation.LogCosh, (ulong)trial), options));
        }
    }
}
