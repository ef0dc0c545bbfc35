using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>An invertible map with parameters that a flow applies after its transport, at t = T.</summary>
/// <remarks>The counterpart of preprocessing, for targets given by an energy: what a closed form does, the fluid need not learn.</remarks>
public abstract class FinalMap : nn.Module<Tensor, Tensor>
{
    /// <summary>Creates a map on R^N.</summary>
    /// <param name="kind">Name of the family.</param>
    /// <param name="dimension">Number of coordinates N, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    protected FinalMap(string kind, long dimension)
        : base(kind)
    {
        TensorChecks.RequireAtLeast(dimension, 1);
        Dimension = dimension;
    }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension { get; }

    /// <summary>Towards the model: x = F(y), ln p(x) = ln p(y) - ln|det F'|.</summary>
    /// <param name="state">Points [B, N] and log-densities [B] after the transport.</param>
    public abstract FlowState Apply(FlowState state);

    /// <summary>Back: y = F⁻¹(x), ln p(y) = ln p(x) + ln|det F'|.</summary>
    /// <param name="state">Points [B, N] and log-densities [B] of the model.</param>
    public abstract FlowState Undo(FlowState state);

    /// <summary>What a flow file keeps of this map: override it to make a family of your own storable.</summary>
    /// <exception cref="NotSupportedException">The family does not say how it is stored.</exception>
    public virtual StoredComponent Store() => throw new NotSupportedException($"Expected a final map that can be stored, got {GetType().Name}; override FinalMap.Store.");

    /// <summary>The points alone.</summary>
    /// <param name="input">Points, shape [B, N].</param>
    public sealed override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return Apply(new(input, zeros(input.shape[0], input.dtype, input.device))).X.MoveToOuterDisposeScope();
    }
}
