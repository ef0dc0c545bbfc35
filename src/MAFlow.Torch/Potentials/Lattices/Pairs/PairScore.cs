using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Carries points and their scores between two knots, some rows at a time.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="terms">φ.</param>
/// <param name="piece">The stretch of time.</param>
internal sealed class PairScore(PairShape shape, PairTerms terms, TimeGrid piece)
{
    // Numbers of one tensor of features.
    private const long NumbersAtOnce = 1 << 18;
    private const long LeastRows = 16;

    /// <summary>Points, integrals and scores at the end.</summary>
    public (PathState State, Tensor Score) Transport(PathState start, Tensor score, Integrator integrator)
    {
        using var scope = NewDisposeScope();
        using var moments = new PairMoments(shape, terms, start.X);
        var rows = (int)Math.Max(LeastRows, NumbersAtOnce / (shape.Sites * shape.Features * shape.Components));
        var (points, scores, laplacians) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        foreach (var (x, s) in start.X.split(rows).Zip(score.split(rows)))
        {
            using var part = NewDisposeScope();
            var field = new PairScoreField(shape, moments, piece);
            var end = integrator.SolvePlainly(field, cat([shape.ToWaves(x), shape.ToWaves(s)], 0), piece);
            points.Add(shape.ToPoints(end.X.narrow(0, 0, shape.Sites)).MoveToOuterDisposeScope());
            scores.Add(shape.ToPoints(end.X.narrow(0, shape.Sites, shape.Sites)).MoveToOuterDisposeScope());
            laplacians.Add(shape.PerRow(end.Integrals[0]).MoveToOuterDisposeScope());
        }

        var state = start.After(cat(points), cat(laplacians), null, piece);
        return (state.MoveToOuterDisposeScope(), cat(scores).MoveToOuterDisposeScope());
    }
}
