using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>Hidden units as a field: dy/dt = s C with s = f'(y), and the integrals S = ∫ s dt, F = ∫ f''(y) dt and, where it is wanted,
/// the work Q = ∫ s ∘ (s C) dt.</summary>
/// <remarks>
/// A ridge potential sees x only through y, and one-step methods commute with linear maps, so integrating y gives the numbers of
/// integrating x:
/// x(T) = x(0) + (S ∘ a) W and ln p(T) = ln p(0) - Σⱼ aⱼ|wⱼ|² Fⱼ. Its velocity has |∇φ|² = Σⱼ (a ∘ s)ⱼ (s C)ⱼ, both at hand,
/// so that ∫|∇φ|² dt = Q·a.
/// </remarks>
internal sealed class HiddenField : Field
{
    private readonly Activation _activation;
    private readonly CouplingForm _form;
    private readonly IReadOnlyList<Tensor> _coupling;
    private readonly Precision _precision;
    private readonly bool _withWork;

    /// <param name="activation">f.</param>
    /// <param name="form">How the coupling is applied.</param>
    /// <param name="coupling">Tensors of C.</param>
    /// <param name="precision">Arithmetic of the products.</param>
    /// <param name="withWork">Whether the kinetic energy is wanted.</param>
    public HiddenField(Activation activation, CouplingForm form, IReadOnlyList<Tensor> coupling, Precision precision, bool withWork) =>
        (_activation, _form, _coupling, _precision, _withWork) = (activation, form, coupling, precision, withWork);

    internal override IReadOnlyList<Tensor> Parameters => _coupling;

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var s = _activation.First(x);
        var velocity = _form.Apply(_coupling, s, _precision);
        var integrals = new HiddenIntegrals(s, _activation.Second(s), _withWork ? s.mul(velocity) : null);
        return new FieldState(velocity, integrals.Tensors).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x) =>
        new(x, new HiddenIntegrals(zeros_like(x), zeros_like(x), _withWork ? zeros_like(x) : null).Tensors);

    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate)
    {
        Tensor[] own = [.. kept.Select(separate)];
        return (new HiddenField(_activation, _form, own, _precision, _withWork), own);
    }

    /// <summary>The gradients by a plain solve, for a loss that is going to be differentiated again.</summary>
    /// <param name="context">Of the node that is differentiated.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="inputs">Hidden units at the start, then the coupling's tensors.</param>
    /// <param name="upstream">Gradients of the loss by the integrals.</param>
    public List<Tensor> PlainGradients(
        autograd.AutogradContext context, ButcherTableau tableau, TimeGrid piece, IReadOnlyList<Tensor> inputs,
        IReadOnlyList<Tensor> upstream)
    {
        // Nothing depends on the hidden units at the end.
        Tensor[] gradients = [null!, .. upstream];
        return SolveGradients.Keep(context, SolveGradients.Plainly(new ExplicitRungeKutta(tableau), this, piece, inputs, gradients));
    }

    /// <summary>The solve whose reverse pass is derived by hand. Its end leaves out y, which nobody reads.</summary>
    internal override FieldState? SolveExplicitly(ButcherTableau tableau, Tensor x, TimeGrid piece, bool recompute)
    {
        var solve = new HiddenSpaceSolve(_activation, piece, tableau, _precision, recompute, _form) { WithWork = _withWork };
        var integrals = InBlocks(tableau, x, piece) is { } blocks
            ? new HiddenIntegrals(blocks.S, blocks.F)
            : HiddenSpaceFunction.Integrate(solve, x, [.. _coupling]);
        return new FieldState(x, integrals.Tensors);
    }

    /// <summary>The solve in blocks of rows, where it is the faster one.</summary>
    private (Tensor S, Tensor F)? InBlocks(ButcherTableau tableau, Tensor x, TimeGrid piece) =>
        _withWork || _precision != Precision.Full || (!is_grad_enabled() && HiddenSpaceRows.Suits(x))
            ? null
            : _form.InBlocks?.Invoke(new FactoredSolve(_activation, piece, tableau), x, _coupling);
}
