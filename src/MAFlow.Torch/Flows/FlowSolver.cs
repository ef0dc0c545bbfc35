using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>One solve of a flow, piece by piece between the breaks of its potential. What is random is drawn once, for all
/// pieces.</summary>
internal sealed class FlowSolver
{
    private readonly MongeAmpereFlow _flow;
    private readonly Solve _solve;

    private FlowSolver(MongeAmpereFlow flow, Solve solve) => (_flow, _solve) = (flow, solve);

    /// <summary>A solver with what is random in it.</summary>
    public static FlowSolver For(
        MongeAmpereFlow flow,
        Generator? generator,
        bool withKineticEnergy = false,
        bool twiceDifferentiable = false,
        bool recordsPath = false)
    {
        var options = flow.Options;
        return new(flow, new(options.Integrator, options.Laplacian, options.Precision, options.Recompute)
        {
            Generator = generator,
            Seed = generator is not null && flow.Potential.IsSampled ? Seeds.Next(generator) : null,
            WithKineticEnergy = withKineticEnergy,
            TwiceDifferentiable = twiceDifferentiable,
            RecordsPath = recordsPath,
        });
    }

    /// <summary>From points x of the model to latent codes.</summary>
    public FlowSolution Encode(Tensor x)
    {
        using var probes = _solve;
        using var scope = NewDisposeScope();
        var mapped = _flow.Bijection?.Forward(x).Like(x);
        var y = mapped?.Points ?? x;
        // Backwards from T the solve accumulates ln p(z) - ln p(y) = +∫ ∇²φ dt; the base density fixes the constant.
        var end = Walk(Start(y, zeros(y.shape[0], dtype: y.dtype, device: y.device)), _flow.Grid().Reversed());
        var logProb = StandardNormal.LogProb(end.X).sub(end.LogProb);
        return new FlowSolution(end.X, mapped is null ? logProb : logProb.Add(mapped.LogDeterminant), end.KineticEnergy)
            .MoveToOuterDisposeScope();
    }

    /// <summary>From latent codes to points x of the model.</summary>
    public FlowSolution Decode(Tensor z)
    {
        using var probes = _solve;
        using var scope = NewDisposeScope();
        var end = Walk(Start(z, StandardNormal.LogProb(z)), _flow.Grid());
        if (_flow.Bijection is not { } bijection)
        {
            return new FlowSolution(end.X, end.LogProb, end.KineticEnergy).MoveToOuterDisposeScope();
        }

        var (x, logDeterminant) = bijection.Inverse(end.X).Like(z);
        return new FlowSolution(x, end.LogProb.sub(logDeterminant), end.KineticEnergy).MoveToOuterDisposeScope();
    }

    /// <summary>Carries points and integrals along consecutive grids of one piece each.</summary>
    public PathState Walk(PathState start, params IReadOnlyList<TimeGrid> grids)
    {
        using var scope = NewDisposeScope();
        var state = start;
        foreach (var piece in grids.SelectMany(grid => grid.Pieces()))
        {
            state = Holding(piece).Transport(state, piece, _solve);
        }

        return state.MoveToOuterDisposeScope();
    }

    /// <summary>The same with the score; null where a potential has no closed form for it.</summary>
    public (PathState State, Tensor Score)? WalkWithScore(PathState start, Tensor score, TimeGrid grid)
    {
        using var scope = NewDisposeScope();
        var current = (State: start, Score: score);
        foreach (var piece in grid.Pieces())
        {
            if (Holding(piece).TransportScore(current.State, current.Score, piece, _solve) is not { } next)
            {
                return null;
            }

            current = next;
        }

        return (current.State.MoveToOuterDisposeScope(), current.Score.MoveToOuterDisposeScope());
    }

    /// <summary>Where a walk begins.</summary>
    public PathState Start(Tensor x, Tensor logProb) =>
        new(x.alias(), logProb.alias(), _solve.WithKineticEnergy ? zeros(x.shape[0], dtype: x.dtype, device: x.device) : null);

    private Potential Holding(TimeGrid piece) =>
        _flow.Potential.Between(Math.Min(piece.Start, piece.End), Math.Max(piece.Start, piece.End), _solve.Seed);
}
