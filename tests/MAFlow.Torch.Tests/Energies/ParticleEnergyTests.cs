using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Energies of particles: published values, quadrature, and input that has no energy.</summary>
[TestClass]
public sealed class ParticleEnergyTests
{
    [TestMethod]
    public void DoubleWellsAreThePublishedOnes()
    {
        using var scope = NewDisposeScope();
        using var energy = ParticleEnergy.DoubleWells(3, 1, linear: 0.3, temperature: 2);
        // Distances 2.5, 6 and 3.5; the centre of mass is at 17/6.
        var x = tensor(new double[,] { { 0, 2.5, 6 } });
        static double Well(double d) => ((0.3 * (d - 4)) - (4 * Math.Pow(d - 4, 2)) + (0.9 * Math.Pow(d - 4, 4))) / 2;
        var expected = Well(2.5) + Well(6) + Well(3.5) + (1.5 * Math.Pow(8.5 / 3, 2));
        Assert.AreEqual(expected, energy.Value(x).item<double>(), 1e-12);
    }

    [TestMethod]
    public void LennardJonesIsThePublishedOneOutsideOfItsCore()
    {
        using var scope = NewDisposeScope();
        using var energy = ParticleEnergy.LennardJones(2, 1, depth: 1.5, distance: 1.1, harmonic: 0.7, tether: 2);
        foreach (var d in new[] { 0.78, 1.1, 2.3 })
        {
            var x = tensor(new[,] { { -d / 2, d / 2 } });
            var pair = 1.5 * (Math.Pow(1.1 / d, 12) - (2 * Math.Pow(1.1 / d, 6)));
            Assert.AreEqual(pair + (0.7 * d * d / 4), energy.Value(x).item<double>(), 1e-11);
        }
    }

    [TestMethod]
    public void TheSoftCoreIsSmoothAndFiniteWhereParticlesMeet()
    {
        using var scope = NewDisposeScope();
        using var energy = ParticleEnergy.LennardJones(2, 1, harmonic: 1e-9);
        Tensor At(double d) => tensor(new[,] { { -d / 2, d / 2 } });
        Near.Assert(energy.Gradient(At(0.7 - 1e-9)), energy.Gradient(At(0.7 + 1e-9)), 1e-3);
        Near.Assert(energy.Value(At(0.7 - 1e-9)), energy.Value(At(0.7 + 1e-9)), 1e-5);
        Assert.IsTrue(energy.Value(At(0.3)).item<double>() > energy.Value(At(0.6)).item<double>());
        Near.Assert(zeros(1, 2, dtype: float64), energy.Gradient(At(0)), 1e-12);
        Assert.IsTrue(double.IsFinite(energy.Value(At(0)).item<double>()));
    }

    /// <summary>Sums over a grid of all coordinates but those of the centre of mass, which know nothing of Jacobi coordinates.</summary>
    [TestMethod]
    [DataRow(2, 1)]
    [DataRow(2, 2)]
    [DataRow(2, 3)]
    [DataRow(3, 1)]
    public void QuadratureEqualsASumOverAGrid(int particles, int coordinates)
    {
        using var scope = NewDisposeScope();
        using var cluster = ParticleEnergy.LennardJones(particles, coordinates, depth: 0.3, distance: 2.5, tether: 1.7);
        using var wells = ParticleEnergy.DoubleWells(particles, coordinates, quadratic: -1, quartic: 0.3, distance: 2, tether: 1.7);
        // Wells have a cone where particles meet, which a grid sees to a low order only.
        foreach (var (energy, tolerance) in new[] { (cluster, coordinates == 3 ? 2e-3 : 1e-6), (wells, coordinates == 3 ? 2e-3 : 1e-4) })
        {
            var free = (particles - 1) * coordinates;
            var (count, range) = (new[] { 30_001, 1801, 121 }[free - 1], free == 3 ? 10.0 : 12);
            var spacing = 2 * range / count;
            var axis = arange(0, count, dtype: float64).mul(spacing).sub(range);
            var grid = free == 1 ? axis.unsqueeze(-1) : cartesian_prod(Enumerable.Repeat(axis, free).ToArray());
            // Shifted by different parts of a spacing, so that no particles meet.
            grid = grid.add(arange(1, free + 1, dtype: float64).mul(spacing / 7));
            // The last particle is the origin.
            var points = cat([grid, zeros(grid.shape[0], coordinates, dtype: float64)], 1);
            var centre = points.view(-1, particles, coordinates).mean([1L], keepdim: true);
            var centred = points.view(-1, particles, coordinates).sub(centre).flatten(1);
            var total = energy.Value(centred).neg().logsumexp(0).item<double>() + (free * Math.Log(spacing));
            // At fixed positions relative to the last particle, it moves as the centre does.
            var tether = 0.5 * coordinates * Math.Log(2 * Math.PI / (1.7 * particles));
            Assert.AreEqual(total + tether, energy.ExactLogPartition()!.Value, tolerance);
        }
    }

    [TestMethod]
    [DataRow(2, 1)]
    [DataRow(2, 2)]
    [DataRow(2, 3)]
    [DataRow(3, 1)]
    [DataRow(3, 2)]
    [DataRow(3, 3)]
    public void WithoutForcesQuadratureIsThatOfAnOscillator(int particles, int coordinates)
    {
        using var energy = ParticleEnergy.LennardJones(particles, coordinates, depth: 1e-13, harmonic: 1.3);
        var expected = 0.5 * (particles - 1) * coordinates * Math.Log(2 * Math.PI / 1.3);
        Assert.AreEqual(expected, energy.ExactLogPartition()!.Value - energy.TetherLogPartition, 1e-8);
    }

    [TestMethod]
    public void TheTetherIntegratesOut()
    {
        using var loose = ParticleEnergy.LennardJones(3, 1, tether: 0.2);
        using var tight = ParticleEnergy.LennardJones(3, 1, tether: 5);
        Assert.AreEqual(
            loose.ExactLogPartition()!.Value - loose.TetherLogPartition, tight.ExactLogPartition()!.Value - tight.TetherLogPartition, 1e-6);
        Assert.AreEqual(0.5 * Math.Log(2 * Math.PI / 5), tight.TetherLogPartition, 1e-12);
        using var many = ParticleEnergy.DoubleWells();
        Assert.IsNull(many.ExactLogPartition());
    }

    [TestMethod]
    public void WhatHasNoEnergyIsRefusedWithAWayOut()
    {
        using var scope = NewDisposeScope();
        using var wells = ParticleEnergy.DoubleWells(3, 2);
        var x = tensor(new double[,] { { 0, 1, 2, 3, 4, 5 }, { 0, 1, 2, 3, 2, 3 } });
        var met = Assert.ThrowsExactly<ArgumentException>(() => wells.Value(x));
        Assert.Contains("particles 1 and 2 of row 1", met.Message);
        Assert.Contains("move one of them", met.Message);
        using var hard = ParticleEnergy.LennardJones(3, 2, core: 0);
        Assert.ThrowsExactly<ArgumentException>(() => hard.Gradient(x));
        var small = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticleEnergy.LennardJonesInBox(4, 4.9, 2.5));
        Assert.Contains("twice the range 2.5", small.Message);
        Assert.Contains("Enlarge the box", small.Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticleEnergy.LennardJones(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticleEnergy.LennardJones(3, 4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticleEnergy.LennardJones(3, harmonic: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticleEnergy.LennardJones(3, core: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticleEnergy.DoubleWells(quartic: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticleEnergy.DoubleWells(tether: double.NaN));
    }
}
