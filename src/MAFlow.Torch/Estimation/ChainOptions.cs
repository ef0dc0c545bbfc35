namespace MAFlow.Torch.Estimation;

/// <summary>
/// How many parallel chains run, and when they stop: at whichever comes first, enough effective samples, the last step, or the time.
/// </summary>
/// <remarks>Where the time is limited, the warm-up ends at a quarter of it.</remarks>
public record ChainOptions : SamplerOptions
{
    /// <summary>Number of parallel chains.</summary>
    /// <value>At least 4; default 64.</value>
    public int Chains = 64;

    /// <summary>Steps that adapt the sampler and are not averaged over.</summary>
    /// <value>At least 0; default 50.</value>
    public int Warmup = 50;

    /// <summary>Largest number of steps that are averaged over.</summary>
    /// <value>At least 8; default 1000.</value>
    public int Steps = 1000;

    /// <summary>Effective samples of every observable, in bulk and tails, at which the chains may stop; they must agree as well.</summary>
    /// <value>At least 1, or infinity to run to the end; default 400.</value>
    public double TargetEffectiveSamples = 400;

    /// <summary>Standard errors by observable that must be reached before the chains may stop.</summary>
    /// <value>Positive; default none.</value>
    public IReadOnlyDictionary<string, double> TargetErrors = new Dictionary<string, double>();

    /// <summary>
    /// Steps between the points that <c>Sample</c> keeps of a chain; several autocorrelation times for all but independent ones.
    /// </summary>
    /// <value>At least 1; default 10.</value>
    public int Spacing = 10;

    /// <inheritdoc/>
    internal override void Validate(Observables observables)
    {
        base.Validate(observables);
        TensorChecks.RequireAtLeast(Chains, 4);
        TensorChecks.RequireAtLeast(Warmup, 0);
        TensorChecks.RequireAtLeast(Steps, 8);
        TensorChecks.RequireOption(TargetEffectiveSamples, 1, double.PositiveInfinity);
        foreach (var (name, error) in TargetErrors)
        {
            TensorChecks.RequireAtLeast(error, double.Epsilon, nameof(TargetErrors));
            if (!observables.Names.Contains(name))
            {
                throw new ArgumentException(
                    $"Expected target errors of measured observables, got one of '{name}'; add it to the observables.");
            }
        }
    }

    /// <summary>Checks the options of drawing points, which are not averaged over.</summary>
    /// <param name="count">Number M of points.</param>
    /// <param name="minWarmup">Steps that adaptation needs.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range; the message names it.</exception>
    internal virtual void ValidateSampling(int count, int minWarmup)
    {
        TensorChecks.RequireAtLeast(count, 1);
        TensorChecks.RequireAtLeast(Chains, 1);
        TensorChecks.RequireAtLeast(Warmup, minWarmup);
        TensorChecks.RequireAtLeast(Spacing, 1);
    }
}
