using static TorchSharp.torch;

namespace MAFlow.Torch.Matching;

/// <summary>The pieces of a flow whose potentials are made of units, each with a potential of its own.</summary>
/// <param name="flow">The flow.</param>
/// <param name="pieces">Time and units of each piece, in the order of time.</param>
internal sealed class MatchedPieces(MongeAmpereFlow flow, IReadOnlyList<(TimeGrid Time, IUnitPotential Units)> pieces)
{
    /// <summary>Whether the flow is the identity: all amplitudes are zero.</summary>
    public bool AreAtRest
    {
        get
        {
            using var scope = NewDisposeScope();
            return pieces.All(piece => !piece.Units.Amplitude.count_nonzero().to(ScalarType.Bool).item<bool>());
        }
    }

    public int Count => pieces.Count;

    /// <summary>The pieces of a flow; null where a potential is not made of units, or serves several pieces.</summary>
    public static MatchedPieces? Of(MongeAmpereFlow flow)
    {
        var found = new List<(TimeGrid Time, IUnitPotential Units)>();
        foreach (var piece in flow.Grid().Pieces())
        {
            if (flow.Potential.Between(piece.Start, piece.End, null).OwnUnits is not { } units
                || found.Any(other => ReferenceEquals(other.Units, units)))
            {
                return null;
            }

            found.Add((piece, units));
        }

        return new(flow, found);
    }

    /// <summary>Gives a piece the units and amplitudes that carry noise to data, once the pieces behind it have theirs.</summary>
    /// <remarks>
    /// The last piece carries the points of x = cos θ x₀ + sin θ x₁ from θ = π/2 (K-1)/K to the data. It then takes the rows to where it
    /// begins, and what is left to do is a flow of one piece less: so each piece sees what those behind it have really left.
    /// </remarks>
    /// <param name="piece">Number k of the piece, from the last to 0.</param>
    /// <param name="rows">Rows where the piece ends, in the coordinates of the potential, float64, in random order: those to fit to, and
    /// others, on which the strength of the regularisation is chosen.</param>
    /// <param name="refits">Whether amplitudes are fitted to both in the end.</param>
    /// <param name="options">How units are drawn.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <param name="cancellation">Ends it with an exception.</param>
    /// <returns>The rows where the piece begins.</returns>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public (Tensor Fitted, Tensor LeftOut) Find(
        int piece,
        (Tensor Fitted, Tensor LeftOut) rows,
        bool refits,
        MatchingOptions options,
        Generator generator,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (time, units) = pieces[piece];
        var angles = (Start: Math.PI / 2 * piece / (piece + 1), End: Math.PI / 2);
        var count = units.Amplitude.shape[0];
        var numbers = (options.Candidates(count, pieces.Count), options.Points(count, flow.Dimension, pieces.Count));
        MatchedUnits.Find(units, rows, angles, numbers, refits, options, generator, cancellation)
            .WriteTo(units, (angles.End - angles.Start) / (time.End - time.Start));
        return piece == 0
            ? rows
            : (Before(time, rows.Fitted, cancellation).MoveToOuterDisposeScope(),
                Before(time, rows.LeftOut, cancellation).MoveToOuterDisposeScope());
    }

    /// <summary>Where rows at the end of a piece are at its start. Those that the solve loses are left out; where it loses all, the
    /// likelihood will say so, and they stay.</summary>
    private Tensor Before(TimeGrid time, Tensor rows, CancellationToken cancellation)
    {
        const long rowsAtOnce = 512;
        using var scope = NewDisposeScope();
        var ((type, device), parts) = (flow.Placement(), new List<Tensor>());
        for (var start = 0L; start < rows.shape[0]; start += rowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            var solver = FlowSolver.For(flow.ForScoring(), null);
            var x = rows.narrow(0, start, Math.Min(rowsAtOnce, rows.shape[0] - start)).to(type, device);
            var end = solver.Walk(solver.Start(x, zeros(x.shape[0], dtype: type, device: device)), time.Reversed()).X.to(float64).cpu();
            parts.Add(end.index_select(0, SolveChecks.Finite(end).nonzero().squeeze(1)));
        }

        var carried = cat(parts);
        return (carried.shape[0] > 0 ? carried : rows.alias()).MoveToOuterDisposeScope();
    }
}
