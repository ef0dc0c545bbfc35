using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>What tells two energies apart without knowing how they are made: E(x) at eight fixed points.</summary>
/// <remarks>A checkpoint carries it, so that a training towards another target is not taken up.</remarks>
internal sealed class EnergyFingerprint
{
    /// <summary>Number of points.</summary>
    public const int Points = 8;

    private const double Tolerance = 1e-5;

    /// <summary>Smallest share of the largest energy at which an entry still counts as one of its own: below it rounding decides.</summary>
    private const double SmallestShare = 1e-3;

    private EnergyFingerprint()
    {
    }

    /// <summary>E(x) at the points, of spread 1.5; computed in float64 unless the energy refuses.</summary>
    /// <exception cref="InvalidOperationException">The energy returned another shape than one number per row, or NaN.</exception>
    public static double[] Of(Energy energy)
    {
        ArgumentNullException.ThrowIfNull(energy);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(20180906);
        var x = randn([Points, energy.Dimension], dtype: float64, generator: generator).Mul(1.5);
        var (points, value) = EnergyChecks.Widest(energy, x, ScalarType.Float32);
        return EnergyChecks.RequireEnergies(value, points).to(float64).cpu().contiguous().data<double>().ToArray();
    }

    /// <summary>Whether two fingerprints are of the same energy: equal to 1e-5 of each entry.</summary>
    public static bool Agrees(double[] a, double[] b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var floor = SmallestShare * a.Concat(b).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
        return a.Length == b.Length
            && a.Zip(b).All(pair => pair.First.Equals(pair.Second)
                || Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Max(floor, Math.Max(Math.Abs(pair.First), Math.Abs(pair.Second)))
                && double.IsFinite(pair.First) && double.IsFinite(pair.Second));
    }
}
