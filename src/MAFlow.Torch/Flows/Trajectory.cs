using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>The states that points pass on their way through a flow.</summary>
internal sealed class Trajectory(MongeAmpereFlow flow)
{
    private readonly FlowSolver _solver = FlowSolver.For(flow, null);

    /// <summary>States from t = T to t = 0.</summary>
    public IReadOnlyList<FlowState> Encode(Tensor x, int snapshots)
    {
        using var scope = NewDisposeScope();
        var point = flow.Prepare(x);
        var y = point;
        var logProb = _solver.Encode(point).LogProb;
        if (flow.Bijection?.Forward(point).Like(point) is { } mapped)
        {
            (y, logProb) = (mapped.Points, logProb.sub(mapped.LogDeterminant));
        }

        return Walk(y, logProb, flow.Grid().Reversed(), snapshots);
    }

    /// <summary>States from t = 0 to t = T.</summary>
    public IReadOnlyList<FlowState> Decode(Tensor z, int snapshots)
    {
        using var scope = NewDisposeScope();
        var latent = flow.Prepare(z);
        return Walk(latent, StandardNormal.LogProb(latent), flow.Grid(), snapshots);
    }

    private List<FlowState> Walk(Tensor x, Tensor logProb, TimeGrid grid, int snapshots)
    {
        using var scope = NewDisposeScope();
        var state = _solver.Start(x, logProb);
        var states = new List<FlowState> { new(state.X, state.LogProb) };
        foreach (var stretch in grid.Split(snapshots))
        {
            state = _solver.Walk(state, stretch);
            states.Add(new(state.X, state.LogProb));
        }

        // Out of this scope and out of the caller's, which holds only temporaries.
        return [.. states.Select(passed => passed.MoveToOuterDisposeScope().MoveToOuterDisposeScope())];
    }
}
