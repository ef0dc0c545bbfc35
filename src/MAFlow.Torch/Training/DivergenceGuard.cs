namespace MAFlow.Torch.Training;

/// <summary>Recognises a loss that is not finite or has exploded.</summary>
/// <remarks>
/// Exploded means: the smoothed loss lies more than max(10, N/4) nats above the best it has been: a quarter of a nat per coordinate is
/// more than any step of a
/// sound training costs, and in few dimensions ten nats are more than an outlier adds. Single batches with outliers do not trip it.
/// </remarks>
internal sealed class DivergenceGuard(long dimension)
{
    private const double Smoothing = 0.9;
    private readonly double _margin = Math.Max(10, dimension / 4.0);
    private double _last = double.NaN;

    /// <summary>Smoothed loss in nats; NaN before the first step.</summary>
    public double Smoothed { get; private set; } = double.NaN;

    /// <summary>Best smoothed loss so far.</summary>
    public double Best { get; private set; } = double.PositiveInfinity;

    /// <summary>Whether the state is worth returning to: the smoothed loss is within half of the margin, and the last one within the
    /// margin.</summary>
    /// <remarks>From a state at the edge every way on leads over it, at any rate; the smoothed loss alone notices late that weights are
    /// beyond it.</remarks>
    public bool IsSound => !(Smoothed > Best + (_margin / 2) || _last > Best + _margin);

    /// <summary>Forgets the losses so far: the next ones are measured differently.</summary>
    public void Restart() => Restart(double.NaN, double.PositiveInfinity);

    /// <summary>Goes on from numbers of another time.</summary>
    public void Restart(double smoothed, double best) => (Smoothed, Best, _last) = (smoothed, best, double.NaN);

    /// <summary>Takes in one step.</summary>
    /// <returns>A sentence on what went wrong, or null.</returns>
    public string? Check(double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm))
        {
            return FormattableString.Invariant($"the loss is {loss} with a gradient of norm {gradientNorm}");
        }

        _last = loss;
        Smoothed = double.IsNaN(Smoothed) ? loss : (Smoothing * Smoothed) + ((1 - Smoothing) * loss);
        Best = Math.Min(Best, Smoothed);
        return Smoothed > Best + _margin
            ? FormattableString.Invariant($"the smoothed loss rose to {Smoothed:F2} nats, {Smoothed - Best:F2} above its best")
            : null;
    }
}
