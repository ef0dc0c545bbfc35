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

    /// <summary>Replaces the rows that were accepted, in place.</summary>
    public void Take(LatentPoints other, Tensor accepted)
    {
        foreach (var (mine, theirs) in Parts.Zip(other.Parts))
        {
            mine.copy_(where(mine.dim() == 2 ? accepted.unsqueeze(1) : accepted, theirs, mine));
        }
    }

    /// <summary>Proposes a fresh sample of the flow for each row and accepts it with probability min(1, (w' / w)^β), which leaves N(z) w^β invariant.</summary>
    /// <returns>Which rows were replaced, shape [B].</returns>
    public Tensor TakeFresh(LatentTarget target, double beta, Generator generator)
    {
        var fresh = target.See(target.Draw(Z.shape[0], generator), Gradient is not null);
        return TakeWhere(fresh, fresh.LogWeight.sub(LogWeight).Mul(beta), generator);
    }

    /// <summary>Takes the rows of a proposal with probability min(1, e^change); a proposal that left the range of the numbers is rejected.</summary>
    public Tensor TakeWhere(LatentPoints proposal, Tensor change, Generator generator)
    {
        var accepted = rand(change.shape[0], dtype: float64, generator: generator).log().to(change.device).lt(change);
        Take(proposal, accepted);
        return accepted;
    }

    /// <summary>Rows by number, each as often as it is named.</summary>
    public LatentPoints Select(Tensor rows) => new(
        Z.index_select(0, rows), X.index_select(0, rows), Energy.index_select(0, rows), LogWeight.index_select(0, rows), Gradient?.index_select(0, rows));

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
