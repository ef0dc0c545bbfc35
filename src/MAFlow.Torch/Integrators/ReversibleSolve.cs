using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>One autograd node for a whole reversible solve: the reverse pass reconstructs each step from the one after it, and keeps the
/// last pair only.</summary>
internal sealed class ReversibleSolve : autograd.MultiTensorFunction<ReversibleSolve>
{
    private const string SolveKey = "solve";

    /// <inheritdoc/>
    public override string Name => nameof(ReversibleSolve);

    /// <summary>Solves and records the node.</summary>
    public static FieldState Of(Reversible integrator, Field field, Tensor x, TimeGrid piece)
    {
        SolveGradients.RequireDeclared(field, x, piece);
        object[] arguments = [new Problem(integrator, field, piece), x, .. field.Parameters];
        return FieldState.Of(apply(arguments));
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (problem, x) = ((Problem)vars[0], (Tensor)vars[1]);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var pair = problem.Integrator.SolvePair(problem.Field, x, problem.Piece);
        var kept = pair.Tensors.Select(tensor => tensor.detach().clone().MoveToOuterDisposeScope()).ToList();
        ctx.save_for_backward([.. vars.Skip(1).Cast<Tensor>(), .. kept]);
        ctx.save_data(SolveKey, problem);
        ctx.set_materialize_grads(false);
        return [.. pair.Y.MoveToOuterDisposeScope().Tensors];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var problem = (Problem)ctx.get_data(SolveKey);
        var saved = ctx.get_saved_variables();
        var count = 1 + problem.Field.Parameters.Count;
        var inputs = saved.Take(count).ToList();
        var gradients = is_grad_enabled()
            ? SolveGradients.Plainly(problem.Integrator, problem.Field, problem.Piece, inputs, grad_outputs)
            : StepByStep(problem, StatePair.Of([.. saved.Skip(count)]), inputs, grad_outputs);
        return SolveGradients.Keep(ctx, gradients);
    }

    private static Tensor[] StepByStep(Problem problem, StatePair pair, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> upstream)
    {
        using var scope = NewDisposeScope();
        var (field, parameters) = problem.Field.On([.. inputs.Skip(1)], SolveGradients.Leaf);
        var sums = new GradientSums(inputs);
        // The result is the first state of the pair; nothing depends on the second one at the end.
        Tensor?[] adjoints = [.. upstream.Select(SolveGradients.Given), .. upstream.Select(_ => (Tensor?)null)];
        for (var step = problem.Piece.StepsPerPiece - 1; step >= 0; step--)
        {
            using var stepScope = NewDisposeScope();
            var (time, length) = (problem.Piece.TimeAt(step), problem.Piece.Step);
            StatePair before;
            using (no_grad())
            {
                before = problem.Integrator.Backward(field, pair, time, length);
            }

            using var _ = enable_grad();
            var start = before.Tensors.Select(tensor => tensor.detach().requires_grad_()).ToList();
            var end = problem.Integrator.Forward(field, StatePair.Of(start), time, length);
            var gradients = SolveGradients.Of(end.Tensors, adjoints, [.. start, .. parameters]);
            sums.Add([null, .. gradients.Skip(start.Count)]);
            var next = gradients.Take(start.Count).Select(gradient => gradient?.MoveToOuterDisposeScope()).ToArray();
            // The first adjoints came from outside; the first pair is kept by the node. Later ones are dead from here on.
            if (step < problem.Piece.StepsPerPiece - 1)
            {
                pair.Dispose();
                Array.ForEach(adjoints, adjoint => adjoint?.Dispose());
            }

            (adjoints, pair) = (next, before.MoveToOuterDisposeScope());
        }

        // Both states began as x, and every integral at zero.
        var (first, second) = (adjoints[0], adjoints[adjoints.Length / 2]);
        return sums.With(first is null ? second : second is null ? first : first.Add(second));
    }

    private sealed record Problem(Reversible Integrator, Field Field, TimeGrid Piece);
}
