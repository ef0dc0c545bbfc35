namespace MAFlow.Torch.Estimation;

/// <summary>Where a sampler stands.</summary>
public sealed class EstimationProgress
{
    internal EstimationProgress(string stage, long done, long of, string message, TimeSpan elapsed) =>
        (Stage, Done, Of, Message, Elapsed) = (stage, done, of, message, elapsed);

    /// <summary>What is going on.</summary>
    /// <value>"warm-up", "pilot" or "sampling".</value>
    public string Stage { get; }

    /// <summary>Samples, steps of the chains (those of the warm-up included) or repeats of an annealing that are done.</summary>
    /// <value>From 0 to <see cref="Of"/>.</value>
    public long Done { get; }

    /// <summary>Largest number of them.</summary>
    public long Of { get; }

    /// <summary>The numbers of this sampler in words, as "4096 samples, ln Z = 37.37 ± 0.01".</summary>
    public string Message { get; }

    /// <summary>Time spent.</summary>
    public TimeSpan Elapsed { get; }
}
