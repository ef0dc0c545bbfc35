using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>What tells two energies of one type apart: E at eight fixed points.</summary>
internal static class EnergyFingerprint
{
    private const long Points = 8;
    private const double Scale = 1.5;
    private const ulong Seed = 0x656E6572677933;

    // Single precision, and the order of a sum on another machine.
    private const double Tolerance = 1e-5;

    /// <summary>E at the points, in nats.</summary>
    public static double[] Of(Energy energy, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(Seed);
        var x = randn([Points, energy.Dimension], dtype: float64, generator: generator).Mul(Scale).to(dtype).to(device);
        return energy.Value(x).to(float64).cpu().data<double>().ToArray();
    }

    /// <summary>Whether two are of the same energy: equal to 1e-5 of max(1, |E|), or both no finite number.</summary>
    public static bool Agree(IReadOnlyList<double> left, IReadOnlyList<double> right) =>
        left.Count == right.Count && left.Zip(right).All(pair =>
            pair.First.Equals(pair.Second) || Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Max(1, Math.Abs(pair.First)));
}
