using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>What a hidden-space solve collects along a piece, shape [B, h] each.</summary>
/// <param name="S">∫ f'(y) dt.</param>
/// <param name="F">∫ f''(y) dt.</param>
/// <param name="Work">∫ s ∘ (s C) dt with s = f'(y), whose product with the amplitudes is ∫|∇φ|² dt; null where it is not wanted.</param>
internal readonly record struct HiddenIntegrals(Tensor S, Tensor F, Tensor? Work = null)
{
    /// <summary>Those that there are.</summary>
    public List<Tensor> Tensors => Work is null ? [S, F] : [S, F, Work];

    public HiddenIntegrals MoveToOuterDisposeScope() =>
        new(S.MoveToOuterDisposeScope(), F.MoveToOuterDisposeScope(), Work?.MoveToOuterDisposeScope());
}
