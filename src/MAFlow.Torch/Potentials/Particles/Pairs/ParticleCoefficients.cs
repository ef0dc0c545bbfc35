using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>The parameters of a pair potential of particles: what they are called, their shapes, how they begin, and what a solve between
/// two knots takes of them.</summary>
internal static class ParticleCoefficients
{
    public const string Stretch = "stretch", Strength = "strength", Coupling = "coupling", Confinement = "confinement";
    public const string Local = "local", Collective = "collective", Weight = "weight", Offset = "offset";

    private const double WeightDeviation = 0.5, OffsetDeviation = 0.5;

    /// <summary>All names that a shape has.</summary>
    public static IEnumerable<string> Names(ParticleShape shape) =>
        [Stretch, .. NamesInTime(shape), .. shape.Units > 0 ? (string[])[Weight, Offset] : []];

    /// <summary>Number of stretches between the knots.</summary>
    public static long Stretches(long knots) => Math.Max(1, knots - 1);

    /// <summary>The shape of a parameter.</summary>
    public static long[] Expected(string name, ParticleShape shape, long knots) => name switch
    {
        Stretch => [2],
        Strength => [knots, shape.Gaussians],
        Coupling => [knots, (long)shape.Channels * shape.Channels],
        Local or Collective => [knots, shape.Units],
        Weight => [Stretches(knots), shape.Units, shape.Channels],
        Offset => [Stretches(knots), 2, shape.Units],
        _ => [knots],
    };

    /// <summary>Parameters of particles that do not feel each other: units begin with weights and without amplitudes.</summary>
    public static Dictionary<string, Tensor> AtRest(ParticleShape shape, ParticlePairOptions options)
    {
        using var generator = new Generator(options.Seed);
        // In a box the envelope is one for all coordinates.
        var (spread, centre) = shape.Box is { } box ? (box.Spread, box.Spread) : (options.Spread, options.CentreSpread);
        Tensor Normal(double deviation, long[] size) =>
            randn(options.DrawsEachStretch ? size : size[1..], dtype: float64, generator: generator).Mul(deviation).to(options.Type)
                .expand(size).clone();
        return Names(shape).ToDictionary(name => name, name => (name, Size: Expected(name, shape, options.Knots)) switch
        {
            (Stretch, _) => tensor(new[] { Math.Log(spread), Math.Log(centre) }, dtype: options.Type),
            (Weight, var size) => Normal(WeightDeviation / (shape.Range / (shape.Channels - 1)), size),
            (Offset, var size) => Normal(OffsetDeviation, size),
            (_, var size) => zeros(size, dtype: options.Type),
        });
    }

    /// <summary>Coefficients at two times between which they are linear, one row each, then those that are constant between them.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="parameter">The parameter of a name.</param>
    /// <param name="start">The first time, in stretches behind the first knot.</param>
    /// <param name="end">The other one.</param>
    public static Tensor[] Between(ParticleShape shape, Func<string, Tensor> parameter, double start, double end)
    {
        var knots = parameter(Strength).shape[0];
        var all = cat([.. NamesInTime(shape).Select(name => parameter(name).view(knots, -1))], 1);
        var linear = stack([LinearInTime.At(all, start), LinearInTime.At(all, end)]);
        if (shape.Units == 0)
        {
            return [linear];
        }

        var stretch = (long)Math.Clamp(Math.Floor((start + end) / 2), 0, Stretches(knots) - 1);
        return [linear, cat([parameter(Weight)[stretch].reshape(-1), parameter(Offset)[stretch].reshape(-1)])];
    }

    /// <summary>Those that are linear between knots, in the order in which stages take them.</summary>
    private static IEnumerable<string> NamesInTime(ParticleShape shape) =>
    [
        Strength, .. shape.Couplings > 0 ? (string[])[Coupling] : [], .. shape.Box is null ? (string[])[Confinement] : [],
        .. shape.Units > 0 ? (string[])[Local, Collective] : [],
    ];
}
