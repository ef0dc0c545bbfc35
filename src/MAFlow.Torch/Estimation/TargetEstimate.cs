namespace MAFlow.Torch.Estimation;

/// <summary>What a sampler says about its target, and whether to trust it.</summary>
public abstract class TargetEstimate
{
    private protected TargetEstimate(Reliability reliability, IReadOnlyDictionary<string, Estimate> observables, BlockMeans blocks) =>
        (Problems, Observables, Blocks) = (reliability.Problems, observables, blocks);

    /// <summary>Means by name.</summary>
    /// <value>Empty where none were asked for.</value>
    public IReadOnlyDictionary<string, Estimate> Observables { get; }

    /// <summary>Reasons not to trust the error bars.</summary>
    /// <value>Sentences; empty where no check found a reason.</value>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Whether no check found a reason to distrust the error bars.</summary>
    /// <remarks>Necessary, not sufficient: mass that no sample has reached leaves no trace.</remarks>
    public bool IsReliable => Problems.Count == 0;

    /// <summary>The means over independent parts of the sample.</summary>
    internal BlockMeans Blocks { get; }

    /// <summary>A function of several means with its jackknife error: each chain, batch or repeat is left out once.</summary>
    /// <param name="function">From means by name to a number, for instance 1 - ⟨m⁴⟩ / 3⟨m²⟩².</param>
    /// <exception cref="InvalidOperationException">There are fewer than two independent parts.</exception>
    public Estimate Jackknife(Func<IReadOnlyDictionary<string, double>, double> function) => Blocks.Jackknife(function);
}
