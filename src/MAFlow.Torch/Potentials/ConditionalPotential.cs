using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>The parameters of a potential that depends on a context c: <see cref="Given"/> makes φ(x, t | c),
/// which is an ordinary potential.</summary>
/// <remarks>Parameters are apart from mathematics: whatever works with potentials works with what this returns. Zhang, E, Wang (2018),
/// section 6.</remarks>
public abstract class ConditionalPotential : nn.Module
{
    /// <summary>Creates a conditional potential on R^N with contexts in R^C.</summary>
    /// <param name="kind">Name of the family, as flow files carry it.</param>
    /// <param name="dimension">Number of coordinates N, at least 1.</param>
    /// <param name="contextDimension">Number of context features C, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is below 1.</exception>
    protected ConditionalPotential(string kind, long dimension, long contextDimension)
        : base(TorchRuntime.LoadedFor(kind))
    {
        TensorChecks.RequireAtLeast(dimension, 1);
        TensorChecks.RequireAtLeast(contextDimension, 1);
        (Dimension, ContextDimension) = (dimension, contextDimension);
    }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension { get; }

    /// <summary>Number of context features C.</summary>
    public long ContextDimension { get; }

    /// <summary>The horizon T that the potential is made for; null where any will do.</summary>
    protected internal virtual double? Horizon => null;

    /// <summary>The potential of some contexts: row i of its points belongs to row i of the contexts.</summary>
    /// <param name="context">c, shape [B, C], of the parameters' type.</param>
    /// <returns>A view of these parameters, which is not to be disposed. Its <see cref="Potential.DependsOn"/> names every tensor that may
    /// be trained.</returns>
    protected internal abstract Potential Given(Tensor context);

    /// <summary>What a flow file keeps of this potential: override it to make a family of your own storable.</summary>
    /// <exception cref="NotSupportedException">The family does not say how it is stored.</exception>
    protected internal virtual StoredComponent Store() => throw new NotSupportedException(
        $"Expected a conditional potential that can be stored, got {GetType().Name}; "
        + "override Store, and register a reader with Kinds.Register.");
}
