using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>Hidden units y together with what they see of the score, u = W ∇ ln p: dy/dt = s C and du/dt = -r C with
/// r = f''(y) ∘ u + |w|² f'''(y).</summary>
/// <remarks>
/// From d(∇ ln p)/dt = -∇∇φ ∇ ln p - ∇∇²φ with ∇∇φ = Wᵀ diag(a f'') W. Integrals: S = ∫ s dt, F = ∫ f'' dt and R = ∫ r dt, all [B, h].
/// One product per stage serves both halves, and no reverse pass of ln p is needed for a path gradient.
/// </remarks>
internal sealed class HiddenScoreField(HiddenUnits units, Precision precision) : Field
{
    internal override IReadOnlyList<Tensor> Parameters => units.Coupling;

    /// <summary>The state of this field: y above u, shape [2B, h].</summary>
    public static Tensor Join(Tensor y, Tensor u) => cat([y, u], 0);

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var rows = x.shape[0] / 2;
        var s = units.Activation.First(x.narrow(0, 0, rows));
        var second = units.Activation.Second(s);
        var r = second.mul(x.narrow(0, rows, rows)).Add(units.Activation.Third(s).mul(units.SquaredNorm));
        var velocity = units.Form.Apply(units.Coupling, Join(s, r.neg()), precision);
        return new FieldState(velocity, [s, second, r]).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x)
    {
        using var half = x.narrow(0, 0, x.shape[0] / 2);
        return new(x, [zeros_like(half), zeros_like(half), zeros_like(half)]);
    }

    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate) =>
        throw new NotSupportedException("A score that is carried along is not differentiated.");
}
