using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Carries points and their scores between two knots by a method that is not explicit, some rows at a time. Not
/// differentiable.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="terms">φ.</param>
/// <param name="piece">The stretch of time.</param>
internal sealed class PairScore(PairShape shape, PairTerms terms, TimeGrid piece)
{
    /// <summary>Points, integrals and scores at the end.</summary>
    public (PathState State, Tensor Score) Transport(PathState start, Tensor score, Integrator integrator)
    {
        using var scope = NewDisposeScope();
        LargeBuffer.KeepFreedMemory();
        var rows = new ColumnBlocks(shape, start.X);
        var (waves, scores) = (shape.ToColumns(start.X), shape.ToColumns(score));
        var blocks = Workers.Map(rows.Count, scope, block =>
        {
            using var stages = new PairStages(shape, terms, waves);
            var field = new PairScoreField(shape, stages, piece);
            var end = integrator.SolvePlainly(field, cat([rows.Take(waves, block), rows.Take(scores, block)], 0), piece);
            return end.Tensors;
        });
        var (states, laplacian) = (rows.Join([.. blocks.Select(block => block[0])]), rows.Join([.. blocks.Select(block => block[1])]));
        var moved = shape.ToPoints(states.narrow(0, shape.Sites, shape.Sites));
        var state = start.After(shape.ToPoints(states.narrow(0, 0, shape.Sites)), shape.PerRow(laplacian), null, piece);
        return (state.MoveToOuterDisposeScope(), moved.MoveToOuterDisposeScope());
    }
}
