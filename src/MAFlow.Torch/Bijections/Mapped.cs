using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Points that a bijection has mapped, with the logarithm of the change of volume: ln p(image) = ln p(point) - ln |det|.</summary>
/// <remarks>The caller disposes both tensors, or a DisposeScope does.</remarks>
public sealed class Mapped : IDisposable
{
    /// <summary>Joins images and log-determinants.</summary>
    /// <param name="points">The images, shape [B, N].</param>
    /// <param name="logDeterminant">ln |det| of the Jacobian of the map that was applied, at each row, in nats; shape [B].</param>
    public Mapped(Tensor points, Tensor logDeterminant) => (Points, LogDeterminant) = (points, logDeterminant);

    /// <summary>The images, shape [B, N].</summary>
    public Tensor Points { get; }

    /// <summary>ln |det| of the Jacobian of the map that was applied, in nats, shape [B].</summary>
    public Tensor LogDeterminant { get; }

    /// <summary>Both tensors.</summary>
    public void Deconstruct(out Tensor points, out Tensor logDeterminant) => (points, logDeterminant) = (Points, LogDeterminant);

    /// <summary>Disposes both tensors.</summary>
    public void Dispose()
    {
        Points.Dispose();
        LogDeterminant.Dispose();
    }

    /// <summary>The same numbers in the type and on the device of other points: a bijection may compute elsewhere.</summary>
    internal Mapped Like(Tensor other) => new(Points.to(other.dtype, other.device), LogDeterminant.to(other.dtype, other.device));

    internal Mapped MoveToOuterDisposeScope() => new(Points.MoveToOuterDisposeScope(), LogDeterminant.MoveToOuterDisposeScope());
}
