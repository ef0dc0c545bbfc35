using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>Everything that one solve of a flow gives.</summary>
/// <param name="Points">Latent codes of an encoding, points of a decoding, shape [B, N].</param>
/// <param name="LogProb">ln p of the model at the points x, in nats, shape [B].</param>
/// <param name="KineticEnergy">∫|∇φ|² dt along each path, shape [B]; null where it was not asked for.</param>
internal sealed record FlowSolution(Tensor Points, Tensor LogProb, Tensor? KineticEnergy) : IDisposable
{
    public FlowSolution MoveToOuterDisposeScope() =>
        new(Points.MoveToOuterDisposeScope(), LogProb.MoveToOuterDisposeScope(), KineticEnergy?.MoveToOuterDisposeScope());

    public FlowSolution DetachFromDisposeScope() =>
        new(Points.DetachFromDisposeScope(), LogProb.DetachFromDisposeScope(), KineticEnergy?.DetachFromDisposeScope());

    public void Dispose()
    {
        Points.Dispose();
        LogProb.Dispose();
        KineticEnergy?.Dispose();
    }
}
