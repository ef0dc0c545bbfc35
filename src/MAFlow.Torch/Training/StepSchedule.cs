namespace MAFlow.Torch.Training;

/// <summary>Progress of a training as a function of its steps alone, also where it ends after N of S planned steps.</summary>
/// <remarks>p(s) = s/S up to s₀, then linear from there to p(N) = 1. s₀ = 3N/4: one need not know N before three quarters are done. Where
/// an
/// energy is annealed, s₀ = N/9 for N below S/2: annealing cannot be made up for in the last quarter.</remarks>
/// <param name="Planned">S.</param>
/// <param name="IsAnnealed">Whether an energy is annealed along the progress.</param>
internal readonly record struct StepSchedule(long Planned, bool IsAnnealed)
{
    // 0.7 · 4/3 and 0.1 · 9 of the time: what is left is for a load that rises.
    private const double ShareOfTime = 0.7;
    private const double ShareOfTimeWhereAnnealed = 0.1;

    /// <summary>s₀, the last step that does not depend on N.</summary>
    public double Free(long end) => IsAnnealed && end < Planned / 2.0 ? end / 9.0 : 0.75 * end;

    /// <summary>p(s).</summary>
    public double Progress(long step, long end)
    {
        var (own, free) = ((double)step / Planned, Free(end));
        if (end >= Planned || step <= free)
        {
            return own;
        }

        var start = free / Planned;
        return start + ((1 - start) * (step - free) / (end - free));
    }

    /// <summary>The end N to which a training goes for which time is running short, N = 4/3 s or 9 s; null where none is to be set at this
    /// step.</summary>
    /// <param name="step">Steps s that were taken.</param>
    /// <param name="end">Where it ends otherwise.</param>
    /// <param name="time">Share of the time that is gone.</param>
    public long? Shortened(long step, long end, double time)
    {
        // Enough time, or too late: the rate already falls to its end.
        if (step == 0 || time * end / step <= 1 || step > Free(end))
        {
            return null;
        }

        if (IsAnnealed && time >= ShareOfTimeWhereAnnealed && step < Planned / 18.0)
        {
            return 9 * step;
        }

        var late = step / 3 * 4;
        return time >= ShareOfTime && step % 3 == 0 && (!IsAnnealed || late >= Planned / 2.0) ? late : null;
    }
}
