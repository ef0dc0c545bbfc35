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

    /// <param name="particles">Number n of particles.</param>
    /// <param name="coordinates">Coordinates D of each.</param>
    /// <param name="gaussians">Number K of Gaussians.</param>
    /// <param name="channels">Number M of Gaussians that see two distances at once; 0 for none.</param>
    /// <param name="range">Largest distance of a centre.</param>
    /// <param name="box">Side L of a periodic box; null for free particles.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the box is smaller than twice the range.</exception>
    public ParticleShape(int particles, int coordinates, int gaussians, int channels, double range, double? box)
    {
        TensorChecks.RequireOption(particles, 2, MaxParticles);
        TensorChecks.RequireOption(coordinates, 1, 3);
        TensorChecks.RequireOption(gaussians, 2, MaxGaussians);
        RequireChannels(channels);
        TensorChecks.RequireAtLeast(range, double.Epsilon);
        (Particles, Coordinates, Gaussians, Channels, Range) = (particles, coordinates, gaussians, channels, range);
        Box = box is { } side ? new(side, range) : null;
    }

    /// <summary>n.</summary>
    public int Particles { get; }

    /// <summary>D.</summary>
    public int Coordinates { get; }

    /// <summary>K.</summary>
    public int Gaussians { get; }

    /// <summary>M.</summary>
    public int Channels { get; }

    /// <summary>Largest distance of a centre; in a box the distance at which every force has ended.</summary>
    public double Range { get; }

    /// <summary>The periodic box; null for free particles.</summary>
    public PeriodicBox? Box { get; }

    /// <summary>Number P of pairs.</summary>
    public int Pairs => Particles * (Particles - 1) / 2;

    /// <summary>N = nD.</summary>
    public int Dimension => Particles * Coordinates;

    /// <inheritdoc/>
    public override long RowsAtOnce => Math.Max(LeastRows, NumbersAtOnce / ((long)Pairs * Gaussians));

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
    public override IKnotStages Stages(IReadOnlyList<Tensor> terms, Tensor like) => new ParticleStages(new(this, like), terms[0]);
}
