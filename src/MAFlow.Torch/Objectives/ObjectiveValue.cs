using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>What an objective says about one batch.</summary>
public sealed class ObjectiveValue
{
    /// <summary>Joins what is differentiated and what is reported.</summary>
    /// <param name="loss">Scalar with a gradient.</param>
    /// <param name="values">Shape [B], in nats; detached here.</param>
    public ObjectiveValue(Tensor loss, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(values);
        (Loss, Values) = (loss, values.requires_grad ? values.detach() : values);
    }

    /// <summary>What is differentiated: a scalar.</summary>
    public Tensor Loss { get; }

    /// <summary>What is reported: one number per point, detached, in nats; training states their mean.</summary>
    public Tensor Values { get; }

    internal ObjectiveValue MoveToOuterDisposeScope() => new(Loss.MoveToOuterDisposeScope(), Values.MoveToOuterDisposeScope());
}
