using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>A part of φ that depends on sums of Gaussians around the particles, by operations that autograd differentiates.</summary>
internal interface IParticleSums
{
    /// <summary>φ, shape [B].</summary>
    Tensor Value();

    /// <summary>What Σⱼ 𝒟u (rᵢ - rⱼ) has in the place of 𝒟u, shape [P, B].</summary>
    Tensor Slope();

    /// <summary>∇²φ, shape [B].</summary>
    Tensor Laplacian();
}
