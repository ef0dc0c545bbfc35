namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>What is wanted of a stage.</summary>
/// <param name="Velocity">∇φ and ∇²φ.</param>
/// <param name="Cotangent">The derivative of R = v̄·∇φ + l̄ ∇²φ by the points.</param>
/// <param name="Laplacian">Whether l̄ has a part in R.</param>
/// <param name="Terms">The derivatives of R by the coefficients.</param>
internal readonly record struct LaneTask(bool Velocity, bool Cotangent, bool Laplacian, bool Terms)
{
    /// <summary>Whether squares of gradients are wanted.</summary>
    public bool Squares => Velocity || Laplacian;
}
