namespace MAFlow.Torch.Estimation;

/// <summary>How many parallel chains run, and when they stop: at whichever comes first, enough effective samples, the last step, or the time.</summary>
public sealed record ChainOptions
{
    /// <summary>Number of parallel chains.</summary>
    /// <value>At least 4; default 64.</value>
    public int Chains { get; init; } = 64;

    /// <summary>Steps that adapt the sampler and are not averaged over.</summary>
    /// <value>At least 0; default 50.</value>
    public int Warmup { get; init; } = 50;

    /// <summary>Largest number of steps that are averaged over.</summary>
    /// <value>At least 8; default 1000.</value>
    public int Steps { get; init; } = 1000;

    /// <summary>Effective samples of every observable, in bulk and tails, at which the chains may stop; they must agree as well.</summary>
    /// <value>At least 1, or infinity to run to the end; default 400.</value>
    public double TargetEffectiveSamples { get; init; } = 400;

    /// <summary>Standard errors by observable that must be reached before the chains may stop.</summary>
    /// <value>Positive; default none.</value>
    public IReadOnlyDictionary<string, double> TargetErrors { get; init; } = new Dictionary<string, double>();

    /// <summary>Time after which the chains stop with what they have; warm-up ends at a quarter of it. Null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Checks every option.</summary>
    /// <param name="observables">Names that a target may be set for.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    /// <exception cref="ArgumentException">A target is set for an observable that is not measured.</exception>
    internal void Validate(IEnumerable<string> observables)
    {
        TensorChecks.RequireAtLeast(Chains, 4);
        TensorChecks.RequireAtLeast(Warmup, 0);
        TensorChecks.RequireAtLeast(Steps, 8);
        TensorChecks.RequireOption(TargetEffectiveSamples, 1, double.PositiveInfinity);
        if (TimeLimit is { } limit)
        {
            TensorChecks.RequireAtLeast(limit.TotalSeconds, 0, nameof(TimeLimit));
        }

        foreach (var (name, error) in TargetErrors)
        {
            TensorChecks.RequireAtLeast(error, double.Epsilon, nameof(TargetErrors));
            if (!observables.Contains(name))
            {
                throw new ArgumentException($"Expected target errors of measured observables, got one of '{name}'; add it to the observables.");
            }
        }
    }
}
