using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The sizes of a pair potential, and the tables of its lattice.</summary>
/// <param name="lattice">A torus of N sites.</param>
/// <param name="scales">Number S of filters.</param>
/// <param name="units">Number J of sharpnesses of each filtered field, which is that of its odd features.</param>
/// <param name="evenUnits">How many of them, counted from the first, have an even feature as well.</param>
/// <param name="components">Number n of components of the field.</param>
/// <param name="isSignSymmetric">Whether odd and even features keep to themselves.</param>
internal sealed class PairShape(Lattice lattice, int scales, int units, int evenUnits, int components, bool isSignSymmetric)
    : KnotPotential
{
    // Numbers of one tensor of features at a time.
    private const long NumbersAtOnce = 1 << 18;
    private const long LeastRows = 16;

    // A batch of the usual size has work for several threads, and a block of a small torus enough to be worth its operations.
    private const long UsualRows = 32;
    private const long LeastNumbers = 1 << 13;

    /// <summary>A torus of N sites.</summary>
    public Lattice Lattice { get; } = lattice;

    /// <summary>Number S of filters.</summary>
    public int Scales { get; } = scales;

    /// <summary>Number J of sharpnesses of each filtered field, which is that of its odd features.</summary>
    public int Units { get; } = units;

    /// <summary>How many of them, counted from the first, have an even feature as well.</summary>
    public int EvenUnits { get; } = evenUnits;

    /// <summary>Number n of components of the field.</summary>
    public override int Components { get; } = components;

    /// <summary>Whether odd and even features keep to themselves.</summary>
    public bool IsSignSymmetric { get; } = isSignSymmetric;

    /// <summary>The same on another torus.</summary>
    public PairShape On(Lattice other) => new(other, Scales, Units, EvenUnits, Components, IsSignSymmetric);

    /// <summary>Number N of sites.</summary>
    public long Sites => Lattice.Sites;

    /// <summary>Number of odd features.</summary>
    public int Odd => Scales * Units;

    /// <summary>Number F of features: all odd ones, scale by scale, then all even ones.</summary>
    public int Features => Scales * (Units + EvenUnits);

    /// <summary>Number of constants: sums of odd features have none where the sign is a symmetry.</summary>
    public int Constants => IsSignSymmetric ? Scales * EvenUnits : Features;

    /// <summary>Numbers of features that are coupled with each other.</summary>
    public IReadOnlyList<int> Blocks => IsSignSymmetric ? [Odd, Scales * EvenUnits] : [Features];

    /// <summary>Tensors of the couplings of one block: within a component, its spread, and between components.</summary>
    public int TensorsPerBlock => Components == 1 ? 2 : 3;

    /// <inheritdoc/>
    public override long RowsAtOnce(Tensor like) => Math.Clamp(
        NumbersAtOnce / (Sites * Components * Features), LeastRows, Math.Max(UsualRows, LeastNumbers / (Sites * Components)));

    /// <summary>Kernels of the torus.</summary>
    public OrbitKernels Kernels { get; } = new(lattice);

    /// <summary>The Fourier basis of the torus.</summary>
    public TorusHarmonics Harmonics { get; } = new(lattice);

    /// <summary>Orbit of each basis function, shape [N], int64.</summary>
    public Tensor Orbits(Tensor like)
    {
        using var scope = NewDisposeScope();
        long[] orbits = [.. Harmonics.Waves.Select(wave => Kernels.Orbits[wave])];
        return tensor(orbits, dtype: int64).to(like.device).alias().MoveToOuterDisposeScope();
    }

    /// <summary>Number of wave vectors in each orbit, shape [M].</summary>
    public Tensor Members(Tensor like)
    {
        using var scope = NewDisposeScope();
        return tensor(Kernels.Members.ToArray(), dtype: float64).to(like.dtype, like.device).alias().MoveToOuterDisposeScope();
    }

    /// <summary>Points [B, nN] as waves, shape [N, nB].</summary>
    public override Tensor ToColumns(Tensor points)
    {
        using var scope = NewDisposeScope();
        var columns = points.reshape(points.shape[0], Components, Sites).permute(2, 1, 0).reshape(Sites, -1);
        return Harmonics.Like(points).Apply(columns).MoveToOuterDisposeScope();
    }

    /// <summary>Undoes <see cref="ToColumns"/>.</summary>
    public override Tensor ToPoints(Tensor waves)
    {
        using var scope = NewDisposeScope();
        var columns = Harmonics.Like(waves).ApplyTransposed(waves).reshape(Sites, Components, -1);
        return columns.permute(2, 1, 0).reshape(columns.shape[2], Components * Sites).contiguous().alias().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IKnotStages Stages(IReadOnlyList<Tensor> terms, Tensor like) => new PairStages(this, new(this, terms), like);
}
