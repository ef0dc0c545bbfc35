using static TorchSharp.torch;

namespace MAFlow.Torch.Matching;

/// <summary>Units with the amplitudes that carry points along a path: what a piece of a flow starts with.</summary>
/// <param name="Units">W [h, N] and b [h].</param>
/// <param name="Amplitude">a, shape [h], float64.</param>
internal sealed record MatchedUnits(CandidateUnits Units, Tensor Amplitude)
{
    /// <summary>Draws candidates, keeps those that explain most of the velocity between two angles, and fits their amplitudes.</summary>
    /// <param name="own">The potential whose units they become.</param>
    /// <param name="rows">Data to fit to, and data to choose the strength on: each [rows, N], float64.</param>
    /// <param name="angles">First and last angle of the piece.</param>
    /// <param name="numbers">Numbers of candidates and of points of the path.</param>
    /// <param name="refits">Whether the amplitudes are fitted to all rows in the end.</param>
    /// <param name="options">Numbers and shares.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <param name="cancellation">Ends it between blocks of points.</param>
    /// <returns>Amplitudes of a velocity dx/dθ.</returns>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static MatchedUnits Find(
        IUnitPotential own,
        (Tensor Fitted, Tensor LeftOut) rows,
        (double Start, double End) angles,
        (long Candidates, long Points) numbers,
        bool refits,
        MatchingOptions options,
        Generator generator,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (count, points) = (own.Amplitude.shape[0], numbers.Points);
        var others = Math.Max(points / 4, 1);
        var path = PathPoints.Draw(rows.Fitted, angles.Start, angles.End, points, generator);
        var aside = PathPoints.Draw(rows.LeftOut, angles.Start, angles.End, others, generator);
        var candidates = CandidateUnits.Draw(own, path, numbers.Candidates, options, generator);
        var fitted = NormalEquations.Of(candidates, own.Slopes, path, cancellation);
        var leftOut = NormalEquations.Of(candidates, own.Slopes, aside, cancellation);
        var strength = fitted.BestStrength(options.Strengths, leftOut);
        cancellation.ThrowIfCancellationRequested();
        var chosen = ForwardSelection.Choose(fitted, strength, count);
        (fitted, leftOut) = (fitted.Select(chosen), leftOut.Select(chosen));
        strength = fitted.BestStrength(options.Strengths, leftOut);
        var amplitude = (refits ? fitted.Joined(leftOut, (double)points / (points + others)) : fitted).Solve(strength);
        var units = candidates.Select(chosen);
        return new(
            new(units.Weight.MoveToOuterDisposeScope(), units.Bias?.MoveToOuterDisposeScope()), amplitude.MoveToOuterDisposeScope());
    }

    /// <summary>Writes units and amplitudes into a potential.</summary>
    /// <param name="target">Of as many units.</param>
    /// <param name="speed">dθ/dt: how fast the flow's time runs through the angle.</param>
    public void WriteTo(IUnitPotential target, double speed)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        target.Weight.copy_(Units.Weight);
        target.Bias?.copy_(Units.Bias!);
        target.Amplitude.copy_(Amplitude.Mul(speed));
    }
}
