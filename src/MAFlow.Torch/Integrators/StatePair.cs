using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>The two states of a reversible method.</summary>
internal readonly record struct StatePair(FieldState Y, FieldState Z) : IDisposable
{
    /// <summary>All tensors, those of the first state first.</summary>
    public IReadOnlyList<Tensor> Tensors => [.. Y.Tensors, .. Z.Tensors];

    public StatePair MoveToOuterDisposeScope() => new(Y.MoveToOuterDisposeScope(), Z.MoveToOuterDisposeScope());

    public static StatePair Of(IReadOnlyList<Tensor> tensors) =>
        new(FieldState.Of([.. tensors.Take(tensors.Count / 2)]), FieldState.Of([.. tensors.Skip(tensors.Count / 2)]));

    public void Dispose()
    {
        foreach (var tensor in Tensors)
        {
            tensor.Dispose();
        }
    }
}
