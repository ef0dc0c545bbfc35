using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>Identical particles that act on each other in pairs: E = Σ_{i&lt;j} v(d_ij) + ½ h Σᵢ |rᵢ - r̄|² + ½ k n |r̄|², in units of the
/// temperature.</summary>
/// <remarks>
/// Coordinates are ordered particle by particle. The sum is over pairs, each counted once; where a paper sums over ordered pairs and
/// halves it is the same.
/// The tether k of the centre of mass makes the density proper and changes nothing else: the centre is independent of the displacements
/// from it, and ln Z is that of the displacements plus <see cref="TetherLogPartition"/>.
/// ln Z of two and three free particles is computed by quadrature.
/// </remarks>
public sealed class ParticleEnergy : Energy
{
    private readonly int _particles;
    private readonly int _coordinates;
    private readonly PairInteraction _interaction;
    private readonly double _harmonic;
    private readonly double _tether;
    private readonly PeriodicBox? _box;
    private readonly Lazy<double?> _displacements;
    private readonly Tensor _first;
    private readonly Tensor _second;

    private ParticleEnergy(
        int particles, int coordinates, PairInteraction interaction, double harmonic, double tether, PeriodicBox? box = null)
        : base((long)particles * coordinates, () => ParticleSymmetries.Of(particles, coordinates))
    {
        (_particles, _coordinates, _interaction, _harmonic, _tether, _box) = (particles, coordinates, interaction, harmonic, tether, box);
        _displacements = new(() => _box is null && particles <= 3
            ? FewParticles.LogPartition(interaction.Value, harmonic, particles, coordinates)
            : null);
        var pairs = Enumerable.Range(0, particles).SelectMany(i => Enumerable.Range(i + 1, particles - i - 1).Select(j => (i, j))).ToList();
        _first = Own(tensor(pairs.Select(pair => (long)pair.i).ToArray(), dtype: int64));
        _second = Own(tensor(pairs.Select(pair => (long)pair.j).ToArray(), dtype: int64));
    }

    /// <summary>What the tether of the centre of mass adds to ln Z, exactly: ½ D ln(2π/k) nats. In a box what the envelope adds,
    /// nD ln(√(2π) σ/L).</summary>
    public double TetherLogPartition =>
        _box is null ? 0.5 * _coordinates * Math.Log(2 * Math.PI / _tether) : Dimension * PeriodicBox.LogEnvelope;

    /// <summary>Double wells: v(d) = [a (d - d₀) + b (d - d₀)² + c (d - d₀)⁴] / τ. The defaults are DW4.</summary>
    /// <remarks>Köhler, Klein, Noé, "Equivariant Flows" (2020), whose ½ Σ over ordered pairs is the sum over pairs.</remarks>
    /// <param name="particles">Number n of particles, at least 2.</param>
    /// <param name="coordinates">Coordinates D of each, from 1 to 3.</param>
    /// <param name="linear">a.</param>
    /// <param name="quadratic">b.</param>
    /// <param name="quartic">c, positive, so that particles keep together.</param>
    /// <param name="distance">d₀, at least 0.</param>
    /// <param name="temperature">τ, positive.</param>
    /// <param name="tether">k, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static ParticleEnergy DoubleWells(
        int particles = 4, int coordinates = 2, double linear = 0, double quadratic = -4, double quartic = 0.9, double distance = 4,
        double temperature = 1, double tether = 1)
    {
        RequireSizes(particles, coordinates);
        TensorChecks.RequireAtLeast(linear, double.MinValue);
        TensorChecks.RequireAtLeast(quadratic, double.MinValue);
        TensorChecks.RequireAtLeast(quartic, double.Epsilon);
        TensorChecks.RequireAtLeast(distance, 0);
        TensorChecks.RequireAtLeast(temperature, double.Epsilon);
        TensorChecks.RequireAtLeast(tether, double.Epsilon);
        return new(particles, coordinates, new DoubleWell(linear, quadratic, quartic, distance, temperature), 0, tether);
    }

    /// <summary>A Lennard-Jones cluster: v(d) = ε [(r/d)¹² - 2 (r/d)⁶], kept together by h. The defaults with 13 particles are
    /// LJ13.</summary>
    /// <remarks>
    /// Below the core's radius the Taylor polynomial of second order in d² continues v, so that energies and forces are finite
    /// everywhere; at the default radius v is 55 ε, which no sample reaches. Köhler, Klein, Noé, "Equivariant Flows" (2020).
    /// </remarks>
    /// <param name="particles">Number n of particles, at least 2.</param>
    /// <param name="coordinates">Coordinates D of each, from 1 to 3.</param>
    /// <param name="depth">ε over the temperature, positive.</param>
    /// <param name="distance">r, positive.</param>
    /// <param name="harmonic">h, positive: without it a cluster evaporates.</param>
    /// <param name="core">Radius of the core in units of r, from 0 (none) to 0.9.</param>
    /// <param name="tether">k, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static ParticleEnergy LennardJones(
        int particles, int coordinates = 3, double depth = 1, double distance = 1, double harmonic = 1, double core = 0.7,
        double tether = 1)
    {
        RequireSizes(particles, coordinates);
        RequireForces(depth, distance, core);
        TensorChecks.RequireAtLeast(harmonic, double.Epsilon);
        TensorChecks.RequireAtLeast(tether, double.Epsilon);
        return new(particles, coordinates, new LennardJones(depth, distance, core), harmonic, tether);
    }

    /// <summary>Lennard-Jones particles in a periodic box, each of which feels the nearest image of the others.</summary>
    /// <remarks>
    /// v is cut at a distance and shifted to zero there. On all of space an envelope e^{-|r|²/2σ²}, σ = 30 L, multiplies the periodic
    /// density: coordinates modulo L have the density of the box, whose ln Z is this one less <see cref="TetherLogPartition"/>.
    /// </remarks>
    /// <param name="particles">Number n of particles, at least 2.</param>
    /// <param name="box">Side L of the box, at least twice the cut-off.</param>
    /// <param name="cutoff">Distance at which v ends, above r.</param>
    /// <param name="coordinates">Coordinates D of each, from 1 to 3.</param>
    /// <param name="depth">ε over the temperature, positive.</param>
    /// <param name="distance">r, positive.</param>
    /// <param name="core">Radius of the core in units of r, from 0 (none) to 0.9.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static ParticleEnergy LennardJonesInBox(
        int particles, double box, double cutoff, int coordinates = 3, double depth = 1, double distance = 1, double core = 0.7)
    {
        RequireSizes(particles, coordinates);
        RequireForces(depth, distance, core);
        TensorChecks.RequireAtLeast(cutoff, distance);
        return new(particles, coordinates, new LennardJones(depth, distance, core, cutoff), 0, 0, new(box, cutoff));
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() => _displacements.Value + TetherLogPartition;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Particles without a soft core are on top of each other.</exception>
    protected internal override Tensor Evaluate(Tensor x)
    {
        using var scope = NewDisposeScope();
        var points = x.reshape(-1, _particles, _coordinates);
        var difference = points.index_select(1, _first.to(x.device)).sub(points.index_select(1, _second.to(x.device)));
        var square = (_box?.Nearest(difference) ?? difference).Square().sum([2L]);
        if (!_interaction.IsSmoothAtContact)
        {
            RequireApart(square);
        }

        var energy = _interaction.Value(square).sum([1L]);
        if (_box is not null)
        {
            return energy.Add(x.Square().sum([1L]), alpha: 0.5 / (_box.Spread * _box.Spread)).MoveToOuterDisposeScope();
        }

        var centre = points.mean([1L], keepdim: true);
        energy = energy.Add(centre.Square().sum([1L, 2L]), alpha: 0.5 * _tether * _particles);
        return (_harmonic == 0 ? energy : energy.Add(points.sub(centre).Square().sum([1L, 2L]), alpha: 0.5 * _harmonic))
            .MoveToOuterDisposeScope();
    }

    /// <summary>A force between particles on top of each other has no direction.</summary>
    private void RequireApart(Tensor square)
    {
        var together = square.detach().Eq(0);
        if (together.any().item<bool>())
        {
            var place = together.nonzero()[0];
            var (row, pair) = (place[0].item<long>(), place[1].item<long>());
            throw new ArgumentException(
                $"Expected particles at different places, got particles {_first[pair].item<long>()} and "
                + $"{_second[pair].item<long>()} of row "
                + $"{row} on top of each other, where their force has no direction; move one of them, or give the energy a soft core if it "
                + "has one.", nameof(square));
        }
    }

    private static void RequireSizes(int particles, int coordinates)
    {
        TensorChecks.RequireAtLeast(particles, 2);
        TensorChecks.RequireOption(coordinates, 1, 3);
    }

    private static void RequireForces(double depth, double distance, double core)
    {
        TensorChecks.RequireAtLeast(depth, double.Epsilon);
        TensorChecks.RequireAtLeast(distance, double.Epsilon);
        TensorChecks.RequireOption(core, 0, 0.9);
    }
}
