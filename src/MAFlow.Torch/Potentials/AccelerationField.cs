using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>A potential as a field with the integrals of |∇φ|² and of |D∇φ/Dt|², the squared acceleration of the points.</summary>
/// <remarks>
/// D∇φ/Dt = ∂ₜ∇φ + (∇∇φ)∇φ = ∇(∂ₜφ + ½|∇φ|²) is the derivative of v(x + s v, t + s) by s at s = 0, v = ∇φ(x, t). It is taken by a
/// difference of second order, so that a potential need not know its derivatives by time, and one with a closed form of ∇φ keeps it.
/// </remarks>
/// <param name="potential">φ.</param>
/// <param name="piece">The stretch of time, without breaks, that no difference leaves.</param>
internal sealed class AccelerationField(Potential potential, TimeGrid piece) : Field
{
    internal override IReadOnlyList<Tensor> Parameters => potential.DependsOn;

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var velocity = Velocity(x, time);
        var acceleration = Acceleration(x, velocity, time);
        return new FieldState(velocity, [velocity.Square().sum([1L]), acceleration.Square().sum([1L])]).MoveToOuterDisposeScope();
    }

    /// <summary>∇φ at a time of the piece.</summary>
    public Tensor Velocity(Tensor x, double time) => potential.Gradient(x, piece.Inside(time));

    /// <summary>D∇φ/Dt.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="velocity">∇φ there.</param>
    /// <param name="time">A time of the piece.</param>
    public Tensor Acceleration(Tensor x, Tensor velocity, double time)
    {
        using var scope = NewDisposeScope();
        time = piece.Inside(time);
        var (first, last) = (Math.Min(piece.Start, piece.End), Math.Max(piece.Start, piece.End));
        // The error of the difference, δ², is that of its rounding.
        var delta = Math.Cbrt(x.dtype == ScalarType.Float64 ? double.BitIncrement(1) - 1 : float.BitIncrement(1) - 1) * (last - first);
        Tensor Moved(double s) => Velocity(x.Add(velocity, alpha: s), time + s);
        if (time - delta >= first && time + delta <= last)
        {
            return Moved(delta).sub(Moved(-delta)).Div(2 * delta).MoveToOuterDisposeScope();
        }

        // At an end of the piece, to its inside alone.
        var inwards = time - delta < first ? delta : -delta;
        return Moved(inwards).Mul(4).sub(Moved(2 * inwards)).Add(velocity, alpha: -3).Div(2 * inwards).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x)
    {
        Tensor Zeros() => zeros(x.shape[0], dtype: x.dtype, device: x.device);
        return new(x, [Zeros(), Zeros()]);
    }

    // The potential reads its own tensors, which live as long as it does.
    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate) =>
        (this, kept);

    internal override bool HidesParameters(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        using var _ = enable_grad();
        return potential.Evaluate(x, piece.Inside(time)).requires_grad;
    }
}
