using MAFlow.Torch.Potentials.Particles.Lanes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>Sizes of a pair potential of particles, and the order of its tensors.</summary>
/// <remarks>Points are [B, nD] outside, [D, n, B] inside: the rows of a batch come last, so that every operation runs along them.</remarks>
internal sealed class ParticleShape : KnotPotential
{
    /// <summary>Largest number of Gaussians: a file must not make one row take all memory.</summary>
    public const int MaxGaussians = 1024;

    private const int MaxParticles = 4096;

    // Numbers of one tensor of Gaussians at a time.
    private const long NumbersAtOnce = 1 << 15;
    private const long LeastRows = 16;

    // A few vectors of rows, which threads share out among them.
    private const long RowsOfLanes = 128;
    private const long LargestTableOfLanes = 1 << 15;
    private readonly LanePool<float> _single;
    private readonly LanePool<double> _double;

    /// <param name="particles">Number n of particles.</param>
    /// <param name="coordinates">Coordinates D of each.</param>
    /// <param name="gaussians">Number K of Gaussians.</param>
    /// <param name="channels">Number M of Gaussians that see two distances at once; 0 for none.</param>
    /// <param name="units">Number of units that see them instead of a coupling; 0 for none.</param>
    /// <param name="range">Largest distance of a centre.</param>
    /// <param name="box">Side L of a periodic box; null for free particles.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the box is smaller than twice the range.</exception>
    public ParticleShape(int particles, int coordinates, int gaussians, int channels, int units, double range, double? box)
    {
        TensorChecks.RequireOption(particles, 2, MaxParticles);
        TensorChecks.RequireOption(coordinates, 1, 3);
        TensorChecks.RequireOption(gaussians, 2, MaxGaussians);
        RequireChannels(channels);
        TensorChecks.RequireOption(units, 0, channels == 0 ? 0 : MaxGaussians);
        TensorChecks.RequireAtLeast(range, double.Epsilon);
        (Particles, Coordinates, Gaussians, Channels, Units, Range) = (particles, coordinates, gaussians, channels, units, range);
        Box = box is { } side ? new(side, range) : null;
        (_single, _double) = (new(this), new(this));
    }

    /// <summary>n.</summary>
    public int Particles { get; }

    /// <summary>D.</summary>
    public int Coordinates { get; }

    /// <summary>K.</summary>
    public int Gaussians { get; }

    /// <summary>M.</summary>
    public int Channels { get; }

    /// <summary>Number of units.</summary>
    public int Units { get; }

    /// <summary>Numbers of a coupling of the M Gaussians: M², or 0 where there is none.</summary>
    public int Couplings => Units > 0 ? 0 : Channels * Channels;

    /// <summary>Largest distance of a centre; in a box the distance at which every force has ended.</summary>
    public double Range { get; }

    /// <summary>The periodic box; null for free particles.</summary>
    public PeriodicBox? Box { get; }

    /// <summary>Number P of pairs.</summary>
    public int Pairs => Particles * (Particles - 1) / 2;

    /// <summary>N = nD.</summary>
    public int Dimension => Particles * Coordinates;

    /// <inheritdoc/>
    public override long RowsAtOnce(Tensor like) =>
        SuitsLanes(like) ? RowsOfLanes : Math.Max(LeastRows, NumbersAtOnce / ((long)Pairs * Gaussians));

    /// <exception cref="ArgumentOutOfRangeException">One channel alone has no width, and many take much memory.</exception>
    public static void RequireChannels(int channels)
    {
        if (channels != 0)
        {
            TensorChecks.RequireOption(channels, 2, 64);
        }
    }

    /// <summary>[B, nD] to [D, n, B].</summary>
    public override Tensor ToColumns(Tensor x) => x.reshape(-1, Particles, Coordinates).permute(2, 1, 0);

    /// <summary>[D, n, B] to [B, nD].</summary>
    public override Tensor ToPoints(Tensor columns) => columns.permute(2, 1, 0).reshape(-1, Dimension);

    /// <summary>The stages of a solve.</summary>
    /// <param name="terms">The coefficients of φ at both ends, in one tensor.</param>
    /// <param name="like">A tensor of the solve.</param>
    public override IKnotStages Stages(IReadOnlyList<Tensor> terms, Tensor like) => new ParticleStages(new(this, like), terms);

    /// <inheritdoc/>
    public override IKnotSolve Solve(IReadOnlyList<Tensor> terms, Tensor like, ButcherTableau tableau, TimeGrid piece) =>
        !SuitsLanes(like) ? base.Solve(terms, like, tableau, piece)
        : like.dtype == ScalarType.Float32 ? new ParticleSolve<float>(_single, tableau, piece, terms)
        : new ParticleSolve<double>(_double, tableau, piece, terms);

    private bool SuitsLanes(Tensor like) =>
        Box is null && (long)Pairs * Math.Max(Gaussians, Math.Max(Channels, Units)) <= LargestTableOfLanes
            && like.dtype is ScalarType.Float32 or ScalarType.Float64 && LanePool<float>.Suits(like);
}
