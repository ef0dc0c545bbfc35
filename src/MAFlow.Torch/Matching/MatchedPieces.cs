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

    /// <summary>Gives every piece the units and amplitudes that carry noise to data, from the last piece to the first.</summary>
    /// <remarks>
    /// The path of the whole flow is x = cos θ x₀ + sin θ x₁ with θ = πt/2T. Once the piece that ends in the data is known, it takes the
    /// data to where it begins, and what is left to do is a flow of one piece less: so each piece sees what those behind it have really
    /// left.
    /// </remarks>
    /// <param name="fitted">Data [rows, N] in the coordinates of the potential, float64, in random order.</param>
    /// <param name="leftOut">The same of other rows, on which the strength of the regularisation is chosen.</param>
    /// <param name="refits">Whether amplitudes are fitted to both in the end.</param>
    /// <param name="options">How units are drawn.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <param name="next">Told before each piece; ends the search by returning false.</param>
    /// <param name="cancellation">Ends it with an exception.</param>
    /// <returns>Whether every piece was found.</returns>
    public bool Find(
        Tensor fitted,
        Tensor leftOut,
        bool refits,
        MatchingOptions options,
        Generator generator,
        Func<bool> next,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var rows = (Fitted: fitted, LeftOut: leftOut);
        for (var k = pieces.Count - 1; k >= 0; k--)
        {
            if (!next())
            {
                return false;
            }

            var (time, units) = pieces[k];
            var whole = options.Corrects ? k + 1 : pieces.Count;
            var angles = (Start: Math.PI / 2 * k / whole, End: Math.PI / 2 * (k + 1) / whole);
            var count = options.Points(units.Amplitude.shape[0], flow.Dimension, pieces.Count);
            using (var inner = NewDisposeScope())
            {
                MatchedUnits.Find(units, rows, angles, count, refits, options, generator, cancellation)
                    .WriteTo(units, (angles.End - angles.Start) / (time.End - time.Start));
            }

            if (options.Corrects && k > 0)
            {
                rows = (Before(time, rows.Fitted, cancellation), Before(time, rows.LeftOut, cancellation));
                if (rows.Fitted.shape[0] == 0 || rows.LeftOut.shape[0] == 0)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Where rows at the end of a piece are at its start; those that the solve loses are left out.</summary>
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

        return cat(parts).MoveToOuterDisposeScope();
    }
}
