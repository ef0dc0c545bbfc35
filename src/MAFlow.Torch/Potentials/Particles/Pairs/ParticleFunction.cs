using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>One autograd node for a solve of a pair potential between two knots: (x, coefficients) ↦ (x at the end, ∫∇²φ dt). Blocks of
/// rows are solved by several threads.</summary>
internal sealed class ParticleFunction : autograd.MultiTensorFunction<ParticleFunction>
{
    private const string ProblemKey = "problem";
    private const string BlocksKey = "blocks";

    // Numbers of one tensor of Gaussians at a time: what a processor's cache holds of a handful of them.
    private const long NumbersAtOnce = 1 << 15;
    private const long LeastRows = 16;

    /// <inheritdoc/>
    public override string Name => nameof(ParticleFunction);

    /// <summary>Integrates, recording a node when gradients are enabled.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="x">Points at its start, shape [B, nD].</param>
    /// <param name="terms">Coefficients of φ at both ends.</param>
    /// <param name="score">∇ ln p at the start, a constant of the same shape; null where it is not wanted.</param>
    /// <returns>Points at the end, ∫∇²φ dt [B], and the score at the end, which is not differentiated.</returns>
    public static (FieldState State, Tensor? Score) Integrate(
        ParticleShape shape, ButcherTableau tableau, TimeGrid piece, Tensor x, Tensor terms, Tensor? score = null)
    {
        var problem = new Problem(shape, tableau, piece, score?.detach());
        var results = is_grad_enabled() ? apply([problem, x, terms]) : Solve(problem, x, terms, null);
        return (FieldState.Of([.. results.Take(2)]), score is null ? null : results[2].detach());
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (problem, x, terms) = ((Problem)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var records = new List<Tensor>();
        var results = Solve(problem, x, terms, records);
        ctx.save_for_backward([.. records.Select(record => record.MoveToOuterDisposeScope()), x, terms]);
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
            var field = new ParticleField(shape, inputs[1], piece, withKineticEnergy: false);
            List<Tensor> upstream = [.. grad_outputs.Take(2)];
            return SolveGradients.Keep(ctx, SolveGradients.Plainly(new ExplicitRungeKutta(tableau), field, piece, inputs, upstream));
        }

        return SolveGradients.Keep(ctx, Differentiate(problem, records, inputs, grad_outputs));
    }

    private static Tensor[] Differentiate(
        Problem problem, IReadOnlyList<Tensor> records, IReadOnlyList<Tensor> inputs, List<Tensor> upstream)
    {
        using var scope = NewDisposeScope();
        var (shape, tableau, piece, _) = problem;
        var solve = new ParticleSolve(shape, tableau, piece);
        var end = shape.ToColumns(SolveGradients.Given(upstream[0]) ?? zeros_like(inputs[0]));
        // A path gradient has none, and nothing is then computed for it.
        var laplacian = SolveGradients.Given(upstream[1]) is { } given && given.count_nonzero().item<long>() > 0 ? given : null;
        var blocks = Workers.Map(records.Count, scope, block =>
        {
            var (adjoint, terms) = solve.Differentiate(
                inputs[1], records[block], Rows(end, block, records.Count),
                laplacian is null ? null : Rows(laplacian, block, records.Count));
            return [adjoint, terms];
        });
        var sums = new GradientSums(inputs);
        foreach (var block in blocks)
        {
            sums.Add(block);
        }

        return sums.With(shape.ToPoints(cat([.. blocks.Select(block => block[0])], -1)));
    }

    /// <summary>Points at the end, ∫∇²φ dt, and the score where there is one.</summary>
    private static List<Tensor> Solve(Problem problem, Tensor x, Tensor terms, List<Tensor>? records)
    {
        using var scope = NewDisposeScope();
        LargeBuffer.KeepFreedMemory();
        var (shape, tableau, piece, score) = problem;
        var most = Math.Max(LeastRows, NumbersAtOnce / ((long)shape.Pairs * shape.Gaussians));
        var (solve, count) = (new ParticleSolve(shape, tableau, piece), (int)((x.shape[0] + most - 1) / most));
        var (points, scores) = (shape.ToColumns(x), score is null ? null : shape.ToColumns(score));
        var blocks = Workers.Map(count, scope, block =>
        {
            var start = Rows(points, block, count);
            var record = records is null ? null : solve.MakeRecord(start);
            var end = solve.Integrate(start, scores is null ? null : Rows(scores, block, count), terms, record);
            return [.. new[] { end.X, end.Laplacian, end.Score, record }.OfType<Tensor>()];
        });
        Tensor Joined(int result) => cat([.. blocks.Select(block => block[result])], -1);
        List<Tensor> results = [shape.ToPoints(Joined(0)), Joined(1)];
        if (scores is not null)
        {
            results.Add(shape.ToPoints(Joined(2)));
        }

        records?.AddRange(blocks.Select(block => block[^1].MoveToOuterDisposeScope()));
        return [.. results.Select(result => result.MoveToOuterDisposeScope())];
    }

    /// <summary>The rows of one block, which come last, in a tensor of their own.</summary>
    private static Tensor Rows(Tensor columns, int block, int count)
    {
        using var scope = NewDisposeScope();
        var (start, end) = (columns.shape[^1] * block / count, columns.shape[^1] * (block + 1) / count);
        return columns.narrow(-1, start, end - start).contiguous().alias().MoveToOuterDisposeScope();
    }

    private sealed record Problem(ParticleShape Shape, ButcherTableau Tableau, TimeGrid Piece, Tensor? Score);
}
