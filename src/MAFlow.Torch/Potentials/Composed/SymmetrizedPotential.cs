using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>Any potential averaged over a small finite group, which makes every element an exact symmetry:
/// φ(x) = |G|⁻¹ Σ_g φ₀(gx).</summary>
/// <remarks>An evaluation costs |G| evaluations of φ₀, in one batch. Zhang, E, Wang (2018), section 4.2, with the average in place of
/// sampled elements.</remarks>
public sealed class SymmetrizedPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "symmetrized";

    private const int MaxGroup = 4096;
    private const long MaxTable = 1 << 26;

    private readonly Potential _inner;
    private readonly SymmetryGroup _group;

    /// <summary>Averages a potential.</summary>
    /// <param name="inner">φ₀, disposed with this potential.</param>
    /// <param name="group">G, of at most 4096 elements.</param>
    /// <exception cref="ArgumentException">The group acts on another number of coordinates, or has too many elements.</exception>
    public SymmetrizedPotential(Potential inner, SymmetryGroup group)
        : base(Kind, inner is null ? throw new ArgumentNullException(nameof(inner)) : inner.Dimension)
    {
        RequireSameDimension(inner, group);
        using var left = GradientMode.LeaveInference();
        (_inner, _group) = (inner, group);
        var elements = Elements(group);
        register_module("inner", inner);
        register_buffer("sources", Table(elements.Select(element => element.Source)));
        register_buffer("inverses", Table(elements.Select(element => element.Inverse().Source)));
        double[] signs = [.. elements.Select(element => (double)element.Sign)];
        register_buffer("signs", tensor(signs, [1, elements.Count, 1], dtype: float64).DetachFromDisposeScope());
    }

    /// <summary>The same average of another potential.</summary>
    private SymmetrizedPotential(SymmetrizedPotential other, Potential inner)
        : base(Kind, inner.Dimension)
    {
        (_inner, _group) = (inner, other._group);
        register_buffer("sources", other.Sources);
        register_buffer("inverses", other.Inverses);
        register_buffer("signs", other.get_buffer("signs")!);
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<Tensor> DependsOn => _inner.DependsOn;

    /// <summary>G.</summary>
    protected internal override SymmetryGroup Symmetry => _group;

    /// <inheritdoc/>
    internal override long? Rows => _inner.Rows is { } rows
        ? throw new NotSupportedException(
            $"Expected a potential without context to average over a group, got one given {rows} contexts; "
            + "average the parts that see no context.")
        : null;

    /// <inheritdoc/>
    internal override bool IsSampled => _inner.IsSampled;

    private Tensor Sources => get_buffer("sources")!;

    private Tensor Inverses => get_buffer("inverses")!;

    private long Order => Sources.shape[0];

    /// <inheritdoc/>
    internal override Potential Between(double start, double end, ulong? seed)
    {
        var inner = _inner.Between(start, end, seed);
        return ReferenceEquals(inner, _inner) ? this : new SymmetrizedPotential(this, inner);
    }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return _inner.Evaluate(Images(x), time).view(-1, Order).mean([1L]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        // vᵀ∇²φ₀(gx)v of the average is (gv)ᵀ∇²φ₀(gx)(gv) of each image.
        var movedProbes = probes is null ? null : stack([.. probes.unbind(0).Select(Images)]);
        var (gradients, laplacians) = _inner.Derivatives(Images(x), time, estimator, movedProbes);
        var index = Inverses.unsqueeze(0).expand(x.shape[0], Order, Dimension);
        var gradient = gradients.view(-1, Order, Dimension).gather(2, index).mul(Signs(x)).mean([1L]);
        return new(gradient.MoveToOuterDisposeScope(), laplacians.view(-1, Order).mean([1L]).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() => _group.Store(new StoredComponent(Kind).WithChild("inner", _inner.Store()));

    internal static SymmetrizedPotential Restore(StoredComponent stored)
    {
        var inner = stored.Child<Potential>("inner");
        return new(inner, SymmetryGroup.Restore(stored, inner.Dimension));
    }

    /// <exception cref="ArgumentException">The group acts on another number of coordinates.</exception>
    internal static void RequireSameDimension(Potential inner, SymmetryGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (group.Dimension != inner.Dimension)
        {
            throw new ArgumentException(
                $"Expected a group acting on {inner.Dimension} coordinates, as the potential does, got one acting on {group.Dimension}.",
                nameof(group));
        }
    }

    private static IReadOnlyList<SymmetryElement> Elements(SymmetryGroup group)
    {
        try
        {
            return group.Enumerate((int)Math.Clamp(MaxTable / group.Dimension, 1, MaxGroup));
        }
        catch (InvalidOperationException error)
        {
            throw new ArgumentException(
                $"Expected a group of at most {MaxGroup} elements to average over, got more; "
                + "average over a subgroup, or sample elements with SampledSymmetryPotential.",
                nameof(group), error);
        }
    }

    private static Tensor Table(IEnumerable<IReadOnlyList<int>> rows)
    {
        var list = rows.ToList();
        return tensor(list.SelectMany(row => row.Select(index => (long)index)).ToArray(), [list.Count, list[0].Count], dtype: int64)
            .DetachFromDisposeScope();
    }

    /// <summary>gx for every row x and every element g, shape [B·|G|, N].</summary>
    private Tensor Images(Tensor x) => x.index_select(1, Sources.flatten()).view(-1, Order, Dimension).mul(Signs(x)).view(-1, Dimension);

    private Tensor Signs(Tensor x) => get_buffer("signs")!.to(x.dtype, x.device);
}
