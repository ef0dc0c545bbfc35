using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>Points on their way through a flow, with the integrals along the path so far.</summary>
/// <param name="X">Points [B, N].</param>
/// <param name="LogProb">Log-densities [B] in nats, or their change since the start.</param>
/// <param name="KineticEnergy">∫|∇φ|² |dt| so far, shape [B]; null where it is not wanted.</param>
internal readonly record struct PathState(Tensor X, Tensor LogProb, Tensor? KineticEnergy)
{
    public PathState MoveToOuterDisposeScope() =>
        new(X.MoveToOuterDisposeScope(), LogProb.MoveToOuterDisposeScope(), KineticEnergy?.MoveToOuterDisposeScope());

    /// <summary>The state after a piece.</summary>
    /// <param name="x">Points at its end.</param>
    /// <param name="laplacian">∫∇²φ dt along it, signed as time runs.</param>
    /// <param name="kineticEnergy">∫|∇φ|² dt along it, signed as time runs; null where it is not wanted.</param>
    /// <param name="piece">The piece.</param>
    public PathState After(Tensor x, Tensor laplacian, Tensor? kineticEnergy, TimeGrid piece) =>
        new(x, LogProb.sub(laplacian), kineticEnergy is null ? null : KineticEnergy!.Add(kineticEnergy, alpha: Math.Sign(piece.Step)));
}
