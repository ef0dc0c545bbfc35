using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>Any one-step method Ψ on a pair of states, whose steps can be undone: y⁺ = λy + (1-λ)z + Ψ_ε(z), z⁺ = z - Ψ_{-ε}(y⁺).</summary>
/// <remarks>
/// The reverse pass reconstructs every step from the last pair, so that the memory of training does not grow with the depth. It undoes a
/// solve within itself; from x alone the way back is another solve, as with any method that is not symmetric (see
/// <see cref="ImplicitMidpoint"/>).
/// McCallum, Foster, "Efficient, accurate and stable gradients for neural ODEs" (2024).
/// </remarks>
public sealed class Reversible : Integrator
{
    internal const string Kind = "reversible";

    /// <summary>Makes a method reversible.</summary>
    /// <param name="inner">Ψ.</param>
    /// <param name="coupling">λ, above 0.5 and below 1: how closely the two states are tied; default 0.999.</param>
    /// <exception cref="ArgumentException">The method is reversible already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">λ is out of range.</exception>
    public Reversible(Integrator inner, double coupling = 0.999)
        : base(inner is null ? throw new ArgumentNullException(nameof(inner)) : inner.Order)
    {
        TensorChecks.RequireOption(coupling, 0.5, 1 - 1e-9);
        if (inner is Reversible)
        {
            throw new ArgumentException(
                "Expected a method that is not reversible yet, got a Reversible one; wrap the method inside it.",
                nameof(inner));
        }

        (Inner, Coupling) = (inner, coupling);
    }

    /// <summary>Ψ.</summary>
    internal Integrator Inner { get; }

    /// <summary>λ.</summary>
    internal double Coupling { get; }

    /// <summary>One step from a pair of equal states, which is a step of Ψ.</summary>
    /// <inheritdoc path="/param"/>
    protected internal override FieldState Step(Field field, FieldState state, double time, double step) =>
        Inner.Step(field, state, time, step);

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).With("coupling", Coupling).WithChild("inner", Inner.Store());

    internal static Reversible Restore(StoredComponent stored) => new(stored.Child<Integrator>("inner"), stored.Option<double>("coupling"));

    internal override FieldState Solve(Field field, Tensor x, TimeGrid piece, bool recompute) =>
        is_grad_enabled() ? ReversibleSolve.Of(this, field, x, piece) : SolvePlainly(field, x, piece);

    internal override FieldState SolvePlainly(Field field, Tensor x, TimeGrid piece)
    {
        using var scope = NewDisposeScope();
        return SolvePair(field, x, piece).Y.MoveToOuterDisposeScope();
    }

    /// <summary>Both states at the end of a piece that begins with two equal ones.</summary>
    internal StatePair SolvePair(Field field, Tensor x, TimeGrid piece)
    {
        var start = field.Start(x);
        var pair = new StatePair(start.Map(tensor => tensor.alias()), start.Map(tensor => tensor.alias()));
        for (var step = 0; step < piece.StepsPerPiece; step++)
        {
            using var scope = NewDisposeScope();
            using var previous = pair;
            pair = Forward(field, pair, piece.TimeAt(step), piece.Step).MoveToOuterDisposeScope();
        }

        return pair;
    }

    /// <summary>One step of the pair.</summary>
    internal StatePair Forward(Field field, StatePair pair, double time, double step)
    {
        var y = Combine((Coupling, pair.Y), (1 - Coupling, pair.Z), (1, Increment(field, pair.Z, time, step)));
        return new(y, Combine((1, pair.Z), (-1, Increment(field, y, time + step, -step))));
    }

    /// <summary>The pair before a step that led to <paramref name="pair"/>.</summary>
    internal StatePair Backward(Field field, StatePair pair, double time, double step)
    {
        var z = Combine((1, pair.Z), (1, Increment(field, pair.Y, time + step, -step)));
        var y = Combine((1 / Coupling, pair.Y), (1 - (1 / Coupling), z), (-1 / Coupling, Increment(field, z, time, step)));
        return new(y, z);
    }

    /// <summary>Ψ_ε(x) - x, for the state and its integrals.</summary>
    private FieldState Increment(Field field, FieldState state, double time, double step) =>
        Combine((1, Inner.Step(field, state, time, step)), (-1, state));

    private static FieldState Combine(params (double Factor, FieldState State)[] terms)
    {
        var first = terms[0];
        var sum = first.Factor == 1 ? first.State : first.State.Map(tensor => tensor.Mul(first.Factor));
        return terms.Skip(1).Aggregate(sum, (total, term) => total.Plus(term.Factor, term.State));
    }
}
