using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Latent codes z with what the flow and the target say about them.</summary>
/// <param name="Z">Latent codes, shape [B, N].</param>
/// <param name="X">Where the flow takes them, shape [B, N].</param>
/// <param name="Energy">E(x), shape [B], float64.</param>
/// <param name="LogWeight">ln w, shape [B], float64.</param>
/// <param name="Gradient">∂ ln w / ∂z, shape [B, N], or null where nobody needs it.</param>
internal sealed record LatentPoints(Tensor Z, Tensor X, Tensor Energy, Tensor LogWeight, Tensor? Gradient) : IDisposable
{
    private IEnumerable<Tensor> Parts => Gradient is null ? [Z, X, Energy, LogWeight] : [Z, X, Energy, LogWeight, Gradient];

    /// <summary>
    /// Proposes a fresh sample of the flow to each row and accepts it with probability min(1, (w' / w)^β), which leaves N(z) w^β invariant.
    /// </summary>
    /// <returns>Which rows were replaced, shape [B].</returns>
    public Tensor ProposeFreshSamples(LatentTarget target, double beta, Generator generator)
    {
        var fresh = target.Decode(target.SampleCodes(Z.shape[0], generator), Gradient is not null);
        return AcceptOrReject(fresh, fresh.LogWeight.sub(LogWeight).Mul(beta), generator);
    }

    /// <summary>
    /// Metropolis' decision, in place: a row takes its proposal with probability min(1, e^change), never one that left the range of the
    /// numbers.
    /// </summary>
    /// <param name="proposal">One point for each row.</param>
    /// <param name="change">ln of the ratio of the densities, shape [B].</param>
    /// <param name="generator">Source of the decisions.</param>
    /// <returns>Which rows were replaced, shape [B].</returns>
    public Tensor AcceptOrReject(LatentPoints proposal, Tensor change, Generator generator)
    {
        var accepted = rand(change.shape[0], dtype: float64, generator: generator).log().to(change.device).lt(change);
        foreach (var (mine, theirs) in Parts.Zip(proposal.Parts))
        {
            mine.copy_(where(mine.dim() == 2 ? accepted.unsqueeze(1) : accepted, theirs, mine));
        }

        return accepted;
    }

    /// <summary>Rows by number, each as often as it is named.</summary>
    public LatentPoints Rows(Tensor numbers)
    {
        Tensor Of(Tensor part) => part.index_select(0, numbers);
        return new(Of(Z), Of(X), Of(Energy), Of(LogWeight), Gradient is null ? null : Of(Gradient));
    }

    public void Dispose()
    {
        foreach (var part in Parts)
        {
            part.Dispose();
        }
    }

    public LatentPoints MoveToOuterDisposeScope()
    {
        foreach (var part in Parts)
        {
            part.MoveToOuterDisposeScope();
        }

        return this;
    }
}
