using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>One autograd node for a solve of a pair potential between two knots: (x, terms) ↦ (x at the end, ∫∇²φ dt).</summary>
internal sealed class PairFunction : autograd.MultiTensorFunction<PairFunction>
{
    private const string ProblemKey = "problem";

    /// <inheritdoc/>
    public override string Name => nameof(PairFunction);

    /// <summary>Integrates, recording a node when gradients are enabled.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="x">Points at its start, shape [B, nN].</param>
    /// <param name="terms">Tensors of φ.</param>
    public static FieldState Integrate(PairShape shape, ButcherTableau tableau, TimeGrid piece, Tensor x, IReadOnlyList<Tensor> terms)
    {
        var problem = new Problem(shape, tableau, piece);
        return is_grad_enabled()
            ? FieldState.Of(apply([problem, x, .. terms]))
            : Solve(problem, x, terms, withRecord: false).State;
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (problem, inputs) = ((Problem)vars[0], vars.Skip(1).Cast<Tensor>().ToList());
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (state, record) = Solve(problem, inputs[0], [.. inputs.Skip(1)], withRecord: true);
        ctx.save_for_backward([record!.MoveToOuterDisposeScope(), .. inputs]);
        ctx.save_data(ProblemKey, problem);
        ctx.set_materialize_grads(false);
        return [.. state.MoveToOuterDisposeScope().Tensors];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var problem = (Problem)ctx.get_data(ProblemKey);
        var (shape, tableau, piece) = problem;
        var saved = ctx.get_saved_variables();
        IReadOnlyList<Tensor> inputs = [.. saved.Skip(1)];
        if (is_grad_enabled())
        {
            // The derivatives below cannot be differentiated again.
            var field = new PairField(shape, [.. inputs.Skip(1)], piece, withKineticEnergy: false);
            return SolveGradients.Keep(ctx, SolveGradients.Plainly(new ExplicitRungeKutta(tableau), field, piece, inputs, grad_outputs));
        }

        var end = SolveGradients.Given(grad_outputs[0]) is { } given ? shape.ToWaves(given) : zeros_like(saved[0][0]);
        var (adjoint, terms) = new PairSolve(shape, tableau, piece).Differentiate(
            new PairTerms(shape, [.. inputs.Skip(1)]), saved[0], end, PerColumn(shape, SolveGradients.Given(grad_outputs[1])));
        return SolveGradients.Keep(ctx, [shape.ToPoints(adjoint), .. terms]);
    }

    private static (FieldState State, Tensor? Record) Solve(Problem problem, Tensor x, IReadOnlyList<Tensor> terms, bool withRecord)
    {
        using var scope = NewDisposeScope();
        var (shape, tableau, piece) = problem;
        var solve = new PairSolve(shape, tableau, piece);
        var waves = shape.ToWaves(x);
        var record = withRecord ? solve.MakeRecord(waves) : null;
        var (end, laplacian) = solve.Integrate(waves, new PairTerms(shape, terms), record);
        var state = new FieldState(shape.ToPoints(end), [shape.PerRow(laplacian)]);
        return (state.MoveToOuterDisposeScope(), record?.MoveToOuterDisposeScope());
    }

    /// <summary>Upstream derivatives of each component; null where all are zero, as those of a path gradient are, so that nothing is
    /// computed for them.</summary>
    private static Tensor? PerColumn(PairShape shape, Tensor? upstream) =>
        upstream is null || upstream.count_nonzero().item<long>() == 0 ? null : upstream.repeat(shape.Components);

    private sealed record Problem(PairShape Shape, ButcherTableau Tableau, TimeGrid Piece);
}
