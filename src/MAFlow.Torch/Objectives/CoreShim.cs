using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>Latent codes z [B, N] and ln p(x) [B] of some points, in nats.</summary>
/// <param name="Z">z, shape [B, N].</param>
/// <param name="LogProb">ln p(x), shape [B].</param>
public readonly record struct Encoded(Tensor Z, Tensor LogProb);

/// <summary>A solve with its quadratures.</summary>
internal sealed record FlowSolution(Tensor Points, Tensor LogProb, Tensor? KineticEnergy) : IDisposable
{
    public void Dispose()
    {
        Points.Dispose();
        LogProb.Dispose();
        KineticEnergy?.Dispose();
    }

    public FlowSolution MoveToOuterDisposeScope() =>
        new(Points.MoveToOuterDisposeScope(), LogProb.MoveToOuterDisposeScope(), KineticEnergy?.MoveToOuterDisposeScope());

    public FlowSolution DetachFromDisposeScope() =>
        new(Points.DetachFromDisposeScope(), LogProb.DetachFromDisposeScope(), KineticEnergy?.DetachFromDisposeScope());
}

/// <summary>Samples with ln p and its score ∇ₓ ln p.</summary>
internal readonly record struct ScoredState(Tensor X, Tensor LogProb, Tensor Score);

/// <summary>What the flow's own solves will be, made of the present ones.</summary>
internal static class CoreShim
{
    public static FlowSolution EncodeFully(
        this MongeAmpereFlow flow, Tensor x, Generator? generator, bool withKineticEnergy = false, bool twiceDifferentiable = false)
    {
        using var scope = NewDisposeScope();
        if (!withKineticEnergy && !twiceDifferentiable)
        {
            var encoded = flow.Encode(x, generator: generator);
            return new FlowSolution(encoded.X, encoded.LogProb, null).MoveToOuterDisposeScope();
        }

        var (dtype, device) = flow.Placement();
        var point = x.to(dtype, device).alias();
        var start = new FlowState(point, zeros(x.shape[0], dtype, device));
        start = flow.FinalMap is null ? start : flow.FinalMap.Undo(start);
        var grid = new TimeGrid(flow.Options.Horizon, 0, flow.Depth);
        var exact = flow.Options.Scheme with { Laplacian = LaplacianEstimator.Exact };
        var (end, kinetic) = withKineticEnergy ? Plainly(flow, start, grid) : (flow.Potential.TransportPlainly(start, grid, exact, generator), null);
        return new FlowSolution(end.X, StandardNormal.LogProb(end.X).sub(end.LogProb), kinetic?.neg()).MoveToOuterDisposeScope();
    }

    public static FlowSolution DecodeFully(this MongeAmpereFlow flow, Tensor z, Generator? generator, bool withKineticEnergy = false)
    {
        using var scope = NewDisposeScope();
        if (!withKineticEnergy)
        {
            var decoded = flow.Decode(z, generator: generator);
            return new FlowSolution(decoded.X, decoded.LogProb, null).MoveToOuterDisposeScope();
        }

        var (end, kinetic) = Plainly(flow, new(z, StandardNormal.LogProb(z)), new TimeGrid(0, flow.Options.Horizon, flow.Depth));
        end = flow.FinalMap is null ? end : flow.FinalMap.Apply(end);
        return new FlowSolution(end.X, end.LogProb, kinetic).MoveToOuterDisposeScope();
    }

    public static ScoredState DecodeWithScore(this MongeAmpereFlow flow, Tensor z, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        FlowState end;
        using (no_grad())
        {
            end = flow.Decode(z, generator: generator);
        }

        using var _ = enable_grad();
        using var again = new Generator(seed);
        var x = end.X.detach().requires_grad_();
        var score = autograd.grad([flow.LogProb(x, generator: again).sum()], [x])[0].detach();
        return new(end.X.MoveToOuterDisposeScope(), end.LogProb.MoveToOuterDisposeScope(), score.MoveToOuterDisposeScope());
    }

    /// <summary>The transport by plain operations, with one coordinate more: dq/dt = |∇φ|².</summary>
    private static (FlowState End, Tensor? KineticEnergy) Plainly(MongeAmpereFlow flow, FlowState start, TimeGrid grid)
    {
        var (parts, horizon, count) = flow.Potential is PiecewisePotential piecewise
            ? (piecewise.Parts, piecewise.Horizon, piecewise.Parts.Count)
            : ([flow.Potential], flow.Options.Horizon, 1);
        var n = flow.Dimension;
        var state = new FlowState(cat([start.X, zeros([start.X.shape[0], 1], start.X.dtype, start.X.device)], 1), start.LogProb);
        foreach (var piece in grid.CutAt(Enumerable.Range(1, count - 1).Select(k => horizon * k / count)))
        {
            var part = parts[(int)Math.Clamp(Math.Floor((piece.Start + piece.End) / 2 * count / horizon), 0, count - 1)];
            state = ExplicitRungeKutta.Integrate(
                (x, time) =>
                {
                    var at = part.Derivatives(x.narrow(1, 0, n), time, LaplacianEstimator.Exact, null);
                    return new(cat([at.Gradient, at.Gradient.Square().sum([1L], keepdim: true)], 1), at.Laplacian);
                },
                state, piece, flow.Options.Scheme.Tableau);
        }

        return (new(state.X.narrow(1, 0, n), state.LogProb), state.X.select(1, n));
    }
}
