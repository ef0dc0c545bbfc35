using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>What one evaluation of a potential gives the flow: velocity and divergence.</summary>
/// <param name="Gradient">∇φ, shape [B, N].</param>
/// <param name="Laplacian">∇²φ, shape [B].</param>
public readonly record struct PotentialDerivatives(Tensor Gradient, Tensor Laplacian);
