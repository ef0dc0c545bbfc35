using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>Hidden units as a field: dy/dt = s C with s = f'(y), and the integrals S = ∫ s dt, F = ∫ f''(y) dt and, where it is wanted,
/// ∫|∇φ|² dt.</summary>
/// <remarks>
/// A ridge potential sees x only through y, and one-step methods commute with linear maps, so integrating y gives the numbers of
/// integrating x:
/// x(T) = x(0) + (S ∘ a) W and ln p(T) = ln p(0) - Σⱼ aⱼ|wⱼ|² Fⱼ. Its velocity has |∇φ|² = Σⱼ (a ∘ s)ⱼ (s C)ⱼ, both at hand.
/// </remarks>
internal sealed class HiddenField : Field
{
    private readonly Activation _activation;
    private readonly CouplingForm _form;
    private readonly IReadOnlyList<Tensor> _coupling;
    private readonly Precision _precision;
    private readonly Tensor? _amplitude;

    /// <param name="activation">f.</param>
    /// <param name="form">How the coupling is applied.</param>
    /// <param name="coupling">Tensors of C.</param>
    /// <param name="precision">Arithmetic of the products.</param>
    /// <param name="amplitude">a [h] where the kinetic energy is wanted; else null.</param>
    public HiddenField(Activation activation, CouplingForm form, IReadOnlyList<Tensor> coupling, Precision precision, Tensor? amplitude) =>
        (_activation, _form, _coupling, _precision, _amplitude) = (activation, form, coupling, precision, amplitude);

    internal override IReadOnlyList<Tensor> Parameters => _amplitude is null ? _coupling : [.. _coupling, _amplitude];

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var s = _activation.First(x);
        var velocity = _form.Apply(_coupling, s, _precision);
        IReadOnlyList<Tensor> integrands = _amplitude is null
            ? [s, _activation.Second(s)]
            : [s, _activation.Second(s), s.mul(velocity).mv(_amplitude)];
        return new FieldState(velocity, integrands).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x)
    {
        IReadOnlyList<Tensor> sums = [zeros_like(x), zeros_like(x)];
        return new(x, _amplitude is null ? sums : [.. sums, zeros(x.shape[0], dtype: x.dtype, device: x.device)]);
    }

    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate)
    {
        Tensor[] own = [.. kept.Select(separate)];
        return (
            new HiddenField(_activation, _form, _amplitude is null ? own : own[..^1], _precision, _amplitude is null ? null : own[^1]),
            own);
    }

    /// <summary>The solve whose reverse pass is derived by hand. Its end leaves out y, which nobody reads.</summary>
    internal override FieldState? SolveExplicitly(ButcherTableau tableau, Tensor x, TimeGrid piece, bool recompute)
    {
        if (_amplitude is not null)
        {
            return null;
        }

        var (s, f) = InBlocks(tableau, x, piece) ?? HiddenSpaceFunction.Integrate(
            new HiddenSpaceSolve(_activation, piece, tableau, _precision, recompute, _form), x, [.. _coupling]);
        return new FieldState(x, [s, f]);
    }

    /// <summary>The solve in blocks of rows, where it is the faster one.</summary>
    private (Tensor S, Tensor F)? InBlocks(ButcherTableau tableau, Tensor x, TimeGrid piece) =>
        _precision != Precision.Full || (!is_grad_enabled() && HiddenSpaceRows.Suits(x))
            ? null
            : _form.InBlocks?.Invoke(new FactoredSolve(_activation, piece, tableau), x, _coupling);
}
