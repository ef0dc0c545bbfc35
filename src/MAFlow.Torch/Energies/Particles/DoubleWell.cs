using static TorchSharp.torch;

namespace MAFlow.Torch.Energies.Particles;

/// <summary>[a (d - d₀) + b (d - d₀)² + c (d - d₀)⁴] / τ.</summary>
internal sealed class DoubleWell(double linear, double quadratic, double quartic, double distance, double temperature) : PairInteraction
{
    /// <inheritdoc/>
    public override bool IsSmoothAtContact => false;

    /// <inheritdoc/>
    public override bool Confines => true;

    /// <inheritdoc/>
    public override Tensor Value(Tensor square)
    {
        using var scope = NewDisposeScope();
        var offset = square.sqrt().Add(-distance);
        var second = offset.Square();
        return offset.Mul(linear).Add(second, alpha: quadratic).Add(second.Square(), alpha: quartic).Div(temperature)
            .MoveToOuterDisposeScope();
    }
}
