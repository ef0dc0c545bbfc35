namespace MAFlow.Torch.Energies;

/// <summary>Exact thermodynamics of Ising spins per site, in units of the coupling.</summary>
public sealed record SpinThermodynamics
{
    /// <summary>Step in β against the scale 1/√N on which ln Z bends at criticality.</summary>
    private const double RelativeStep = 0.02;

    private SpinThermodynamics(double freeEnergy, double energy, double specificHeat) =>
        (FreeEnergy, Energy, SpecificHeat) = (freeEnergy, energy, specificHeat);

    /// <summary>f = -T ln Z / N.</summary>
    public double FreeEnergy { get; }

    /// <summary>e = -∂ ln Z/∂β / N.</summary>
    public double Energy { get; }

    /// <summary>c = β² ∂² ln Z/∂β² / N.</summary>
    public double SpecificHeat { get; }

    /// <summary>From ln Z as a function of the temperature, by differences of sixth order in β.</summary>
    /// <param name="logPartition">ln Z of the spins.</param>
    /// <param name="temperature">T.</param>
    /// <param name="sites">N.</param>
    internal static SpinThermodynamics Of(Func<double, double> logPartition, double temperature, int sites)
    {
        var (beta, step) = (1 / temperature, Math.Min(RelativeStep / Math.Sqrt(sites), 0.05 / temperature));
        double[] at = [.. Enumerable.Range(-3, 7).Select(place => logPartition(1 / (beta + (place * step))) / sites)];
        var first = ((at[6] - at[0]) - (9 * (at[5] - at[1])) + (45 * (at[4] - at[2]))) / (60 * step);
        var second = ((2 * (at[6] + at[0])) - (27 * (at[5] + at[1])) + (270 * (at[4] + at[2])) - (490 * at[3])) / (180 * step * step);
        return new(-temperature * at[3], -first, beta * beta * second);
    }
}
