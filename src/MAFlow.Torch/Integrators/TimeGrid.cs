namespace MAFlow.Torch.Integrators;

/// <summary>An interval of flow time, cut at break times into pieces, each of which is cut into the same number n of equal steps.</summary>
/// <remarks>
/// A depth d asked for becomes n = ⌈d/K⌉ steps in each of K pieces, d' = Kn in all. Doubling the depth doubles the steps of every piece, so
/// that a comparison of d with 2d sees the error of every piece. A grid whose end lies before its start runs the fluid backwards
/// (ε &lt; 0). Zhang, E, Wang (2018), section 3.
/// </remarks>
internal sealed class TimeGrid
{
    // Far above rounding, far below any accuracy.
    private const double Margin = 1e-13;
    private readonly double[] _bounds;

    private TimeGrid(double[] bounds, int stepsPerPiece) => (_bounds, StepsPerPiece) = (bounds, stepsPerPiece);

    /// <summary>Creates a grid without breaks.</summary>
    /// <param name="start">First time.</param>
    /// <param name="end">Last time; before <paramref name="start"/> to integrate backwards.</param>
    /// <param name="depth">Number of steps d, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is not finite, or the depth is below 1.</exception>
    public TimeGrid(double start, double end, int depth)
        : this([start, end], depth)
    {
        TensorChecks.RequireAtLeast(start, double.MinValue);
        TensorChecks.RequireAtLeast(end, double.MinValue);
        TensorChecks.RequireAtLeast(depth, 1);
    }

    /// <summary>First time.</summary>
    public double Start => _bounds[0];

    /// <summary>Last time.</summary>
    public double End => _bounds[^1];

    /// <summary>Number K of pieces.</summary>
    public int PieceCount => _bounds.Length - 1;

    /// <summary>Number n of steps in each piece.</summary>
    public int StepsPerPiece { get; }

    /// <summary>Number Kn of steps.</summary>
    public int Depth => checked(PieceCount * StepsPerPiece);

    /// <summary>Signed step ε of a grid of one piece.</summary>
    public double Step => PieceCount == 1
        ? (End - Start) / StepsPerPiece
        : throw new InvalidOperationException("A grid of several pieces has no single step.");

    /// <summary>The same grid walked the other way.</summary>
    public TimeGrid Reversed() => new([.. _bounds.Reverse()], StepsPerPiece);

    /// <summary>The pieces in the order of the walk, each a grid of its own.</summary>
    public IReadOnlyList<TimeGrid> Pieces() =>
        [.. Enumerable.Range(0, PieceCount).Select(piece => new TimeGrid([_bounds[piece], _bounds[piece + 1]], StepsPerPiece))];

    /// <summary>Time at a step boundary, 0 ≤ k ≤ Kn.</summary>
    /// <param name="step">Index k of the boundary.</param>
    public double TimeAt(int step)
    {
        var (piece, within) = Math.DivRem(step, StepsPerPiece);
        return within == 0 ? _bounds[piece] : _bounds[piece] + ((_bounds[piece + 1] - _bounds[piece]) * within / StepsPerPiece);
    }

    /// <summary>A time as the inside of the grid has it: a stage at the end of a piece, where a potential may jump, has to see the side on
    /// which the piece lies.</summary>
    /// <param name="time">A time of the grid.</param>
    public double Inside(double time)
    {
        var (first, last) = (Math.Min(Start, End), Math.Max(Start, End));
        var margin = Margin * (last - first);
        return Math.Clamp(time, first + margin, last - margin);
    }

    /// <summary>Cuts [start, end] at break times.</summary>
    /// <param name="start">First time.</param>
    /// <param name="end">Last time, after the first.</param>
    /// <param name="breaks">Times in any order; those outside, or at the ends, do not cut.</param>
    /// <param name="depth">Number of steps asked for, at least 1: each of the K pieces gets ⌈depth/K⌉.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is not finite, or the depth is below 1.</exception>
    public static TimeGrid Over(double start, double end, IEnumerable<double> breaks, int depth)
    {
        TensorChecks.RequireAtLeast(depth, 1);
        TensorChecks.RequireAtLeast(end - start, double.Epsilon, nameof(end));
        // Times that differ by rounding alone leave no piece between them.
        var slack = 1e-12 * Math.Max(Math.Abs(start), Math.Abs(end));
        var bounds = new List<double> { start };
        foreach (var time in breaks.Order())
        {
            if (time > bounds[^1] + slack && time < end - slack)
            {
                bounds.Add(time);
            }
        }

        bounds.Add(end);
        var pieces = bounds.Count - 1;
        return new([.. bounds], (depth / pieces) + (depth % pieces == 0 ? 0 : 1));
    }

    /// <summary>Cuts the grid at its own step boundaries into consecutive stretches of nearly equal depth.</summary>
    /// <param name="stretches">Number of stretches, from 1 to <see cref="Depth"/>.</param>
    /// <returns>For each stretch its grids, one per piece that it touches.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More stretches than steps.</exception>
    public IReadOnlyList<IReadOnlyList<TimeGrid>> Split(int stretches)
    {
        TensorChecks.RequireOption(stretches, 1, Depth);
        var cuts = Enumerable.Range(0, stretches + 1).Select(stretch => (int)((long)Depth * stretch / stretches)).ToArray();
        return [.. Enumerable.Range(0, stretches).Select(stretch => Between(cuts[stretch], cuts[stretch + 1]))];
    }

    private List<TimeGrid> Between(int first, int last)
    {
        var grids = new List<TimeGrid>();
        for (var step = first; step < last;)
        {
            var next = Math.Min(last, ((step / StepsPerPiece) + 1) * StepsPerPiece);
            grids.Add(new([TimeAt(step), TimeAt(next)], next - step));
            step = next;
        }

        return grids;
    }
}
