using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>A one-step method for dx/dt = v(x, t) with fixed steps ε.</summary>
/// <remarks>
/// To add a method, state its <see cref="Step"/> with tensor operations that autograd can differentiate; the loop over the steps, training
/// in little memory and storage follow.
/// Zhang, E, Wang (2018), sections 3 and 6.
/// </remarks>
public abstract class Integrator
{
    /// <summary>Creates a method.</summary>
    /// <param name="order">Order of convergence p: the error of a solve is O(ε^p).</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is below 1.</exception>
    protected Integrator(int order)
    {
        TensorChecks.RequireAtLeast(order, 1);
        Order = order;
    }

    /// <summary>Order of convergence p: the error of a solve is O(ε^p).</summary>
    internal int Order { get; }

    /// <summary>One step from time t to t + ε.</summary>
    /// <param name="field">v and r.</param>
    /// <param name="state">State and integrals at t.</param>
    /// <param name="time">t.</param>
    /// <param name="step">ε, negative when the fluid runs backwards.</param>
    /// <returns>State and integrals at t + ε.</returns>
    protected internal abstract FieldState Step(Field field, FieldState state, double time, double step);

    /// <summary>What a flow file keeps of this integrator: override it to make one of your own storable.</summary>
    /// <exception cref="NotSupportedException">The integrator does not say how it is stored.</exception>
    protected internal virtual StoredComponent Store() => throw new NotSupportedException(
        $"Expected an integrator that can be stored, got {GetType().Name}; "
        + "override Integrator.Store, and register a reader with Kinds.Register.");

    /// <summary>Solves along a grid of one piece; the integrals start at zero.</summary>
    /// <param name="field">v and r.</param>
    /// <param name="x">State [B, n] at the grid's start.</param>
    /// <param name="piece">Times and steps, without breaks.</param>
    /// <param name="recompute">Whether a reverse pass keeps only the step boundaries and computes each step again.</param>
    internal virtual FieldState Solve(Field field, Tensor x, TimeGrid piece, bool recompute) =>
        recompute && is_grad_enabled() ? RecomputedSolve.Of(this, field, x, piece) : SolvePlainly(field, x, piece);

    /// <summary>The same solve by plain tensor operations, which autograd differentiates any number of times.</summary>
    internal virtual FieldState SolvePlainly(Field field, Tensor x, TimeGrid piece) => Walk(field, field.Start(x), piece, null);

    /// <summary>The loop over the steps of a piece.</summary>
    /// <param name="field">v and r.</param>
    /// <param name="state">Where to start.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="visit">Called with the state at the start of each step, or null.</param>
    internal FieldState Walk(Field field, FieldState state, TimeGrid piece, Action<int, Tensor>? visit)
    {
        state = state.Map(tensor => tensor.alias());
        for (var step = 0; step < piece.StepsPerPiece; step++)
        {
            visit?.Invoke(step, state.X);
            using var scope = NewDisposeScope();
            var previous = state;
            // A method may hand on a tensor of its argument: only an alias is sure to outlive what is disposed below.
            state = Step(field, state, piece.TimeAt(step), piece.Step).Map(tensor => tensor.alias()).MoveToOuterDisposeScope();
            foreach (var tensor in previous.Tensors)
            {
                tensor.Dispose();
            }
        }

        return state;
    }
}
