using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Points that a bijection has mapped, with the logarithm of the change of volume.</summary>
/// <param name="Points">The images, shape [B, N].</param>
/// <param name="LogDeterminant">
/// ln |det| of the Jacobian of the map that was applied, at each row, in nats; shape [B]: ln p(image) = ln p(point) - ln |det|.
/// </param>
/// <remarks>The caller disposes both tensors, or a DisposeScope does.</remarks>
public readonly record struct Mapped(Tensor Points, Tensor LogDeterminant) : IDisposable
{
    /// <summary>Disposes both tensors.</summary>
    public void Dispose()
    {
        Points?.Dispose();
        LogDeterminant?.Dispose();
    }

    internal Mapped MoveToOuterDisposeScope() => new(Points.MoveToOuterDisposeScope(), LogDeterminant.MoveToOuterDisposeScope());
}
