using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>One autograd node for a whole solve that keeps only the step boundaries: the reverse pass takes each step again and
/// differentiates it.</summary>
/// <remarks>Griewank, Walther, Algorithm 799 (2000), with one level. Differentiated a second time, it solves plainly instead.</remarks>
internal sealed class RecomputedSolve : autograd.MultiTensorFunction<RecomputedSolve>
{
    private const string SolveKey = "solve";

    /// <inheritdoc/>
    public override string Name => nameof(RecomputedSolve);

    /// <summary>Solves and records the node.</summary>
    /// <param name="integrator">Method.</param>
    /// <param name="field">v and r.</param>
    /// <param name="x">State [B, n] at the piece's start.</param>
    /// <param name="piece">Times and steps.</param>
    public static FieldState Of(Integrator integrator, Field field, Tensor x, TimeGrid piece)
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
        var boundaries = LargeBuffer.Empty([problem.Piece.StepsPerPiece, .. x.shape], x);
        var end = problem.Integrator.Walk(
            problem.Field, problem.Field.Start(x), problem.Piece, (step, state) => boundaries[step].copy_(state));
        ctx.save_for_backward([boundaries.MoveToOuterDisposeScope(), .. vars.Skip(1).Cast<Tensor>()]);
        ctx.save_data(SolveKey, problem);
        ctx.set_materialize_grads(false);
        return [.. end.MoveToOuterDisposeScope().Tensors];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var problem = (Problem)ctx.get_data(SolveKey);
        var saved = ctx.get_saved_variables();
        var (boundaries, inputs) = (saved[0], saved.Skip(1).ToList());
        var gradients = is_grad_enabled()
            ? SolveGradients.Plainly(problem.Integrator, problem.Field, problem.Piece, inputs, grad_outputs)
            : StepByStep(problem, boundaries, inputs, grad_outputs);
        return SolveGradients.Keep(ctx, gradients);
    }

    private static Tensor[] StepByStep(Problem problem, Tensor boundaries, IReadOnlyList<Tensor> inputs, List<Tensor> upstream)
    {
        using var scope = NewDisposeScope();
        var (field, parameters) = problem.Field.On([.. inputs.Skip(1)], SolveGradients.Leaf);
        var sums = new GradientSums(inputs);
        Tensor? adjoint = SolveGradients.Given(upstream[0]);
        for (var step = problem.Piece.StepsPerPiece - 1; step >= 0; step--)
        {
            using var stepScope = NewDisposeScope();
            using var _ = enable_grad();
            var x = boundaries[step].detach().requires_grad_();
            var end = problem.Integrator.Step(field, field.Start(x), problem.Piece.TimeAt(step), problem.Piece.Step);
            var gradients = SolveGradients.Of(end.Tensors, [adjoint, .. upstream.Skip(1)], [x, .. parameters]);
            sums.Add(gradients);
            var next = gradients[0]?.MoveToOuterDisposeScope();
            if (step < problem.Piece.StepsPerPiece - 1)
            {
                adjoint?.Dispose();
            }

            adjoint = next;
        }

        return sums.With(adjoint);
    }

    private sealed record Problem(Integrator Integrator, Field Field, TimeGrid Piece);
}
