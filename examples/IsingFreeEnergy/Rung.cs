namespace IsingFreeEnergy;

/// <summary>What a rung of the ladder reached; free energies in nats.</summary>
/// <param name="Size">Side of its torus.</param>
/// <param name="VariationalFreeEnergyPerSite">Null where no depth converged, so that there is no bound.</param>
/// <param name="StandardError">Of the one before.</param>
/// <param name="KlNats">Divergence from the target by the exact value; null where that is not known.</param>
/// <param name="StdLogWeightNats">Standard deviation of ln p + E.</param>
/// <param name="EffectiveSampleFraction">Of the weights of the final measurement's samples.</param>
/// <param name="Depth">Depth that twice as many steps confirm.</param>
/// <param name="Iterations">Optimiser steps.</param>
/// <param name="Seconds">Time of its training.</param>
public sealed record Rung(
    int Size, double? VariationalFreeEnergyPerSite, double? StandardError, double? KlNats, double? StdLogWeightNats, double? EffectiveSampleFraction, int Depth, long Iterations, double Seconds)
{
    public static Rung Of(LadderRung rung, Func<Lattice, Energy> target)
    {
        ArgumentNullException.ThrowIfNull(rung);
        ArgumentNullException.ThrowIfNull(target);
        using var energy = target(rung.Lattice);
        var (sites, training, final) = (rung.Lattice.Sites, rung.Training, rung.Training.FreeEnergy);
        return new(
            rung.Lattice.Extents[0], final?.FreeEnergy / sites, final?.StandardError / sites, final?.FreeEnergy + energy.ExactLogPartition(),
            final?.Deviation, final?.EffectiveSampleFraction, training.Depth, training.Steps, training.Elapsed.TotalSeconds);
    }
}
