namespace MAFlow.Torch.Estimation;

/// <summary>Where a sampler stands.</summary>
public sealed class EstimationProgress
{
    internal EstimationProgress(long done, long of, string message) =>
        (Done, Of, Message) = (done, of, message);

    /// <summary>Samples, steps of the chains (those of the warm-up included) or repeats of an annealing that are done.</summary>
    /// <value>From 0 to <see cref="Of"/>.</value>
    public long Done { get; }

    /// <summary>Largest number of them.</summary>
    public long Of { get; }

    /// <summary>The numbers of this sampler in words, as "4096 samples, ln Z = 37.37 ± 0.01" or "warm-up, step 3".</summary>
    public string Message { get; }
}
