using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>One autograd node for a solve of a pair potential between two knots: (x, terms) ↦ (x at the end, ∫∇²φ dt). Blocks of rows are
/// solved by several threads.</summary>
internal sealed class PairFunction : autograd.MultiTensorFunction<PairFunction>
{
    private const string ProblemKey = "problem";
    private const string BlocksKey = "blocks";

    /// <inheritdoc/>
    public override string Name => nameof(PairFunction);

    /// <summary>Integrates, recording a node when gradients are enabled.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="x">Points at its start, shape [B, nN].</param>
    /// <param name="terms">Tensors of φ.</param>
    /// <param name="score">∇ ln p at the start, a constant of the same shape; null where it is not wanted.</param>
    /// <returns>Points at the end, ∫∇²φ dt [B], and the score at the end, which is not differentiated.</returns>
    public static (FieldState State, Tensor? Score) Integrate(
        PairShape shape, ButcherTableau tableau, TimeGrid piece, Tensor x, IReadOnlyList<Tensor> terms, Tensor? score = null)
    {
        var problem = new Problem(shape, tableau, piece, score?.detach());
        var results = is_grad_enabled() ? apply([problem, x, .. terms]) : Solve(problem, x, terms, null);
        return (FieldState.Of([.. results.Take(2)]), score is null ? null : results[2].detach());
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (problem, inputs) = ((Problem)vars[0], vars.Skip(1).Cast<Tensor>().ToList());
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var records = new List<Tensor>();
        var results = Solve(problem, inputs[0], [.. inputs.Skip(1)], records);
        ctx.save_for_backward([.. records.Select(record => record.MoveToOuterDisposeScope()), .. inputs]);
        ctx.save_data(ProblemKey, problem);
        ctx.save_data(BlocksKey, records.Count);
        ctx.set_materialize_grads(false);
        return [.. results.Select(result => result.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var problem = (Problem)ctx.get_data(ProblemKey);
        var (shape, tableau, piece, _) = problem;
        var saved = ctx.get_saved_variables();
        IReadOnlyList<Tensor> records = [.. saved.Take((int)ctx.get_data(BlocksKey))];
        IReadOnlyList<Tensor> inputs = [.. saved.Skip(records.Count)];
        if (is_grad_enabled())
        {
            // The derivatives below cannot be differentiated again.
            var field = new PairField(shape, [.. inputs.Skip(1)], piece, withKineticEnergy: false);
            List<Tensor> upstream = [.. grad_outputs.Take(2)];
            return SolveGradients.Keep(ctx, SolveGradients.Plainly(new ExplicitRungeKutta(tableau), field, piece, inputs, upstream));
        }

        return SolveGradients.Keep(ctx, Differentiate(problem, records, inputs, grad_outputs));
    }

    /// <summary>Gradients by the points at the start and by the terms, block by block.</summary>
    private static Tensor[] Differentiate(
        Problem problem, IReadOnlyList<Tensor> records, IReadOnlyList<Tensor> inputs, List<Tensor> upstream)
    {
        using var scope = NewDisposeScope();
        var (shape, tableau, piece, _) = problem;
        var rows = new PairRows(shape, inputs[0].shape[0]);
        var end = shape.ToWaves(SolveGradients.Given(upstream[0]) ?? zeros_like(inputs[0]));
        var laplacian = PerColumn(shape, SolveGradients.Given(upstream[1]));
        var (solve, terms) = (new PairSolve(shape, tableau, piece), new PairTerms(shape, [.. inputs.Skip(1)]));
        var blocks = Workers.Map(rows.Count, scope, block =>
        {
            var (adjoint, gradients) = solve.Differentiate(
                terms, records[block], rows.Take(end, block), laplacian is null ? null : rows.Take(laplacian, block));
            return [adjoint, .. gradients];
        });
        var sums = new GradientSums(inputs);
        foreach (var block in blocks)
        {
            using var blockScope = NewDisposeScope();
            sums.Add(block);
        }

        return sums.With(shape.ToPoints(rows.Join([.. blocks.Select(block => block[0])])));
    }

    /// <summary>Points at the end, ∫∇²φ dt, and the score where there is one.</summary>
    /// <param name="problem">What is solved.</param>
    /// <param name="x">Points at the start.</param>
    /// <param name="tensors">Tensors of φ.</param>
    /// <param name="records">Receives the points of the stages, one tensor a block; null where nobody wants them.</param>
    private static List<Tensor> Solve(Problem problem, Tensor x, IReadOnlyList<Tensor> tensors, List<Tensor>? records)
    {
        using var scope = NewDisposeScope();
        var (shape, tableau, piece, score) = problem;
        var (solve, terms, rows) = (new PairSolve(shape, tableau, piece), new PairTerms(shape, tensors), new PairRows(shape, x.shape[0]));
        var (waves, scores) = (shape.ToWaves(x), score is null ? null : shape.ToWaves(score));
        var blocks = Workers.Map(rows.Count, scope, block =>
        {
            var start = rows.Take(waves, block);
            var record = records is null ? null : solve.MakeRecord(start);
            var end = solve.Integrate(start, scores is null ? null : rows.Take(scores, block), terms, record);
            return [.. new[] { end.Waves, end.Laplacian, end.Score, record }.OfType<Tensor>()];
        });
        Tensor Joined(int result) => rows.Join([.. blocks.Select(block => block[result])]);
        List<Tensor> results = [shape.ToPoints(Joined(0)), shape.PerRow(Joined(1))];
        if (scores is not null)
        {
            results.Add(shape.ToPoints(Joined(2)));
        }

        records?.AddRange(blocks.Select(block => block[^1].MoveToOuterDisposeScope()));
        return [.. results.Select(result => result.MoveToOuterDisposeScope())];
    }

    /// <summary>Upstream derivatives of each component; null where all are zero, as those of a path gradient are, so that nothing is
    /// computed for them.</summary>
    private static Tensor? PerColumn(PairShape shape, Tensor? upstream) =>
        upstream is null || upstream.count_nonzero().item<long>() == 0 ? null : upstream.repeat(shape.Components);

    private sealed record Problem(PairShape Shape, ButcherTableau Tableau, TimeGrid Piece, Tensor? Score);
}
