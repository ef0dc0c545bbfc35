using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>What an integrator integrates: dx/dt = v(x, t), together with integrals dq/dt = r(x, t) that do not act back on x.</summary>
/// <remarks>
/// A flow presents itself as such a field: x are its points and r = ∇²φ, or, for ridge potentials, x are the hidden units. An integrator
/// need not know which.
/// </remarks>
public abstract class Field
{
    private protected Field()
    {
    }

    /// <summary>Velocity and integrands.</summary>
    /// <param name="x">State [B, n].</param>
    /// <param name="time">Flow time.</param>
    /// <returns>v [B, n] as the state, r as the integrals.</returns>
    public abstract FieldState At(Tensor x, double time);

    /// <summary>Every tensor besides x that velocity and integrands depend on: the trained ones, and those that would not outlive the
    /// solve.</summary>
    internal abstract IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>The same field on tensors that an autograd node has kept, and those by which it is then to be differentiated.</summary>
    /// <param name="kept">The parameters, in their order.</param>
    /// <param name="separate">Cuts a tensor off from what it was made of: parameters may have been made of each other, and each is to get
    /// its own part of the gradient.</param>
    internal abstract (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate);

    /// <summary>Whether the field depends on trained tensors that are not among its parameters.</summary>
    internal virtual bool HidesParameters(Tensor x, double time) => false;

    /// <summary>x with all integrals at zero.</summary>
    internal abstract FieldState Start(Tensor x);

    /// <summary>A solve by an explicit method in closed form, with a reverse pass of its own; null where there is none or it does not
    /// pay.</summary>
    internal virtual FieldState? SolveExplicitly(ButcherTableau tableau, Tensor x, TimeGrid piece, bool recompute) => null;
}
