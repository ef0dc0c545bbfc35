using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices;

/// <summary>What a pair potential is made of.</summary>
public sealed record LatticePairOptions
{
    /// <summary>Widths of the filters through which the features see the field, in lattice units.</summary>
    /// <value>At least one, none negative; default 0 (the site itself) and 1.</value>
    public IReadOnlyList<double> Scales = [0, 1];

    /// <summary>Odd features tanh(ωy)/ω of each filtered field, each with a sharpness ω of its own.</summary>
    /// <value>At least 1; default 2.</value>
    public int OddFeatures = 2;

    /// <summary>Even features tanh²(ωy)/2ω of each filtered field, with sharpnesses that odd ones have as well.</summary>
    /// <value>From 1 to the number of odd ones; default 2.</value>
    public int EvenFeatures = 2;

    /// <summary>Terms ln cosh(wM)/w of the collective coordinate M = N^{-1/2} Σ x.</summary>
    /// <value>At least 1; default 6.</value>
    public int CollectiveFeatures = 6;

    /// <summary>Times between which every coefficient is linear.</summary>
    /// <value>At least 1, which makes them constant; default 5.</value>
    public int Knots = 5;

    /// <summary>Components n of the field; coordinates are ordered component by component.</summary>
    /// <value>At least 1; default 1.</value>
    public int Components = 1;

    /// <summary>Whether φ(-x) = φ(x); otherwise odd and even features are coupled with each other, and both have constants.</summary>
    /// <value>Default true.</value>
    public bool IsSignSymmetric = true;

    /// <summary>Horizon T; the first of its equal stretches belongs to the Gaussian map.</summary>
    /// <value>Positive; default 1.</value>
    public double Horizon = 1;

    /// <summary>Factor on the width of the collective coordinate at the start, where it is about to split in two.</summary>
    /// <value>Positive; default 2.</value>
    public double CollectiveWidth = 2;

    /// <summary>Type of the parameters.</summary>
    /// <value>Float32 (the default) or Float64.</value>
    public ScalarType Type = ScalarType.Float32;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Scales);
        TensorChecks.RequireAtLeast(Scales.Count, 1, nameof(Scales));
        foreach (var scale in Scales)
        {
            TensorChecks.RequireAtLeast(scale, 0, nameof(Scales));
        }

        TensorChecks.RequireAtLeast(OddFeatures, 1);
        TensorChecks.RequireOption(EvenFeatures, 1, OddFeatures);
        TensorChecks.RequireAtLeast(CollectiveFeatures, 1);
        TensorChecks.RequireAtLeast(Knots, 1);
        TensorChecks.RequireAtLeast(Components, 1);
        TensorChecks.RequireAtLeast(Horizon, double.Epsilon);
        TensorChecks.RequireAtLeast(CollectiveWidth, double.Epsilon);
    }
}
