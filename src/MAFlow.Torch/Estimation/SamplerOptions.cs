namespace MAFlow.Torch.Estimation;

/// <summary>What the options of all samplers have in common.</summary>
public abstract record SamplerOptions
{
    private protected SamplerOptions()
    {
    }

    /// <summary>Time after which a sampler stops with what it has, as soon as that can be judged.</summary>
    /// <value>At least zero, or null for no limit; default null.</value>
    public TimeSpan? TimeLimit;

    /// <summary>Checks every option.</summary>
    /// <param name="observables">What is measured.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    /// <exception cref="ArgumentException">Options contradict each other or the observables.</exception>
    internal virtual void Validate(Observables observables)
    {
        if (TimeLimit is { } limit)
        {
            TensorChecks.RequireAtLeast(limit.TotalSeconds, 0, nameof(TimeLimit));
        }
    }
}
