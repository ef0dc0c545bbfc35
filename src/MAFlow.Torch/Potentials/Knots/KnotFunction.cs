using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>One autograd node for a solve between two knots: (x, terms) ↦ (x at the end, ∫∇²φ dt). Blocks of rows are solved by several
/// threads.</summary>
internal sealed class KnotFunction : autograd.MultiTensorFunction<KnotFunction>
{
    private const string ProblemKey = "problem";
    private const string BlocksKey = "blocks";

    /// <inheritdoc/>
    public override string Name => nameof(KnotFunction);

    /// <summary>Integrates, recording a node when gradients are enabled.</summary>
    /// <param name="potential">φ.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="x">Points at its start, shape [B, N].</param>
    /// <param name="terms">Tensors of φ between the knots.</param>
    /// <param name="score">∇ ln p at the start, a constant of the same shape; null where it is not wanted.</param>
    /// <returns>Points at the end, ∫∇²φ dt [B], and the score at the end, which is not differentiated.</returns>
    public static (FieldState State, Tensor? Score) Integrate(
        KnotPotential potential, ButcherTableau tableau, TimeGrid piece, Tensor x, IReadOnlyList<Tensor> terms, Tensor? score = null)
    {
        var problem = new Problem(potential, tableau, piece, score?.detach());
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
        var saved = ctx.get_saved_variables();
        IReadOnlyList<Tensor> records = [.. saved.Take((int)ctx.get_data(BlocksKey))];
        IReadOnlyList<Tensor> inputs = [.. saved.Skip(records.Count)];
        if (is_grad_enabled())
        {
            // The derivatives below cannot be differentiated again.
            var field = new KnotField(problem.Potential, [.. inputs.Skip(1)], problem.Piece, withKineticEnergy: false);
            List<Tensor> upstream = [.. grad_outputs.Take(2)];
            return SolveGradients.Keep(
                ctx, SolveGradients.Plainly(new ExplicitRungeKutta(problem.Tableau), field, problem.Piece, inputs, upstream));
        }

        return SolveGradients.Keep(ctx, Differentiate(problem, records, inputs, grad_outputs));
    }

    /// <summary>Gradients by the points at the start and by the terms, block by block.</summary>
    private static Tensor[] Differentiate(
        Problem problem, IReadOnlyList<Tensor> records, IReadOnlyList<Tensor> inputs, List<Tensor> upstream)
    {
        using var scope = NewDisposeScope();
        var (potential, tableau, piece, _) = problem;
        IReadOnlyList<Tensor> terms = [.. inputs.Skip(1)];
        var rows = new ColumnBlocks(potential, inputs[0]);
        var end = potential.ToColumns(SolveGradients.Given(upstream[0]) ?? zeros_like(inputs[0]));
        // All are zero in a path gradient, and nothing is then computed for them.
        var laplacian = SolveGradients.Given(upstream[1]) is { } given && given.count_nonzero().item<long>() > 0
            ? potential.PerColumn(given) : null;
        var blocks = Workers.Map(rows.Count, scope, block =>
        {
            using var solve = potential.Solve(terms, records[block], tableau, piece);
            return solve.Differentiate(
                records[block], rows.Take(end, block), laplacian is null ? null : rows.Take(laplacian, block));
        });
        var sums = new GradientSums(inputs);
        foreach (var block in blocks)
        {
            using var blockScope = NewDisposeScope();
            sums.Add(block);
        }

        return sums.With(potential.ToPoints(rows.Join([.. blocks.Select(block => block[0])])));
    }

    /// <summary>Points at the end, ∫∇²φ dt, and the score where there is one.</summary>
    /// <param name="problem">What is solved.</param>
    /// <param name="x">Points at the start.</param>
    /// <param name="terms">Tensors of φ.</param>
    /// <param name="records">Receives the points of the stages, one tensor a block; null where nobody wants them.</param>
    private static List<Tensor> Solve(Problem problem, Tensor x, IReadOnlyList<Tensor> terms, List<Tensor>? records)
    {
        using var scope = NewDisposeScope();
        LargeBuffer.KeepFreedMemory();
        var (potential, tableau, piece, score) = problem;
        var rows = new ColumnBlocks(potential, x);
        var (points, scores) = (potential.ToColumns(x), score is null ? null : potential.ToColumns(score));
        var blocks = Workers.Map(rows.Count, scope, block =>
        {
            var start = rows.Take(points, block);
            using var solve = potential.Solve(terms, start, tableau, piece);
            var record = records is null ? null : solve.MakeRecord(start);
            var end = solve.Integrate(start, scores is null ? null : rows.Take(scores, block), record);
            return [.. new[] { end.X, end.Laplacian, end.Score, record }.OfType<Tensor>()];
        });
        Tensor Joined(int result) => rows.Join([.. blocks.Select(block => block[result])]);
        List<Tensor> results = [potential.ToPoints(Joined(0)), potential.PerRow(Joined(1))];
        if (scores is not null)
        {
            results.Add(potential.ToPoints(Joined(2)));
        }

        records?.AddRange(blocks.Select(block => block[^1].MoveToOuterDisposeScope()));
        return [.. results.Select(result => result.MoveToOuterDisposeScope())];
    }

    private sealed record Problem(KnotPotential Potential, ButcherTableau Tableau, TimeGrid Piece, Tensor? Score);
}
