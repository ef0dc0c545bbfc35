using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles;

/// <summary>What a pair potential of particles is made of.</summary>
public sealed record ParticlePairOptions
{
    /// <summary>Distance up to which particles feel each other; the Gaussians spread evenly from 0 to it.</summary>
    /// <value>Positive; default 4. In a box at most half of its side.</value>
    public double Range = 4;

    /// <summary>Gaussians of the distance.</summary>
    /// <value>From 2 to 1024; default 24.</value>
    public int Gaussians = 24;

    /// <summary>Gaussians of the distance by which two distances that share a particle act on each other, a coupling of triples.</summary>
    /// <value>0 (none), or from 2 to 64; default 6.</value>
    public int TripleGaussians = 6;

    /// <summary>Units ln cosh that see sums of those Gaussians, around each particle and over all pairs, in the place of the quadratic
    /// coupling of triples. Between each two knots they have weights of their own.</summary>
    /// <value>0 (the default: the coupling), or up to 1024.</value>
    public int Units;

    /// <summary>Seed of the weights with which the units begin.</summary>
    /// <value>Default 0.</value>
    public ulong Seed;

    /// <summary>Whether the units begin with other weights between each two knots. That is more variety; but where cores repel strongly,
    /// as those of Lennard-Jones do, training from rest may not find its way.</summary>
    /// <value>Default false: all begin with the same weights, and part in training.</value>
    public bool DrawsEachStretch;

    /// <summary>Times between which every coefficient is linear.</summary>
    /// <value>At least 1, which makes them constant; default 5.</value>
    public int Knots = 5;

    /// <summary>Horizon T; the first of its equal stretches belongs to the Gaussian map.</summary>
    /// <value>Positive; default 1.</value>
    public double Horizon = 1;

    /// <summary>Standard deviation of the coordinates around the centre of mass at the start.</summary>
    /// <value>Positive; default 1. It is trained. In a box it is 30 sides.</value>
    public double Spread = 1;

    /// <summary>Standard deviation of √n times a coordinate of the centre of mass at the start.</summary>
    /// <value>Positive; default 1, which is right for a tether of strength 1. It is trained. In a box it is 30 sides.</value>
    public double CentreSpread = 1;

    /// <summary>Side of a periodic box, in which distances are those to the nearest image; null for free particles.</summary>
    /// <value>At least twice <see cref="Range"/>; default null.</value>
    public double? Box;

    /// <summary>Type of the parameters.</summary>
    /// <value>Float32 (the default) or Float64.</value>
    public ScalarType Type = ScalarType.Float32;

    internal void Validate()
    {
        TensorChecks.RequireAtLeast(Range, double.Epsilon);
        TensorChecks.RequireOption(Gaussians, 2, ParticleShape.MaxGaussians);
        ParticleShape.RequireChannels(TripleGaussians);
        TensorChecks.RequireOption(Units, 0, TripleGaussians == 0 ? 0 : ParticleShape.MaxGaussians);
        TensorChecks.RequireAtLeast(Knots, 1);
        TensorChecks.RequireAtLeast(Horizon, double.Epsilon);
        TensorChecks.RequireAtLeast(Spread, double.Epsilon);
        TensorChecks.RequireAtLeast(CentreSpread, double.Epsilon);
    }
}
