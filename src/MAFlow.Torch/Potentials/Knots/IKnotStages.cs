using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>What a solve between two knots computes at its stages, and the sums of the derivatives by the terms.</summary>
/// <remarks>The fraction says where a stage is, from 0 at the start to 1 at the end. Results may be changed in place.</remarks>
internal interface IKnotStages : IDisposable
{
    /// <summary>∇φ of the shape of the point, and ∇²φ of each column [R], by operations that autograd differentiates where it
    /// records.</summary>
    (Tensor Velocity, Tensor Laplacian) At(double fraction, Tensor point);

    /// <summary>The same with ∇∇φ s + ∇∇²φ for a score s: what carries it along.</summary>
    /// <param name="fraction">Where.</param>
    /// <param name="point">The point.</param>
    /// <param name="score">s.</param>
    /// <param name="unit">Ones, shape [R].</param>
    (Tensor ByPoint, Tensor Velocity, Tensor Laplacian) Along(double fraction, Tensor point, Tensor score, Tensor unit);

    /// <summary>Begins the sums of the derivatives by the terms, which belong to the scope of the caller.</summary>
    void BeginSums();

    /// <summary>The derivative of v̄·∇φ + l̄ ∇²φ by the point; those by the terms are added up.</summary>
    /// <param name="fraction">Where.</param>
    /// <param name="point">The point.</param>
    /// <param name="cotangent">v̄.</param>
    /// <param name="laplacian">l̄, shape [R]; null for zero.</param>
    Tensor Reverse(double fraction, Tensor point, Tensor cotangent, Tensor? laplacian);

    /// <summary>The sums of the derivatives by the terms, in their order.</summary>
    IReadOnlyList<Tensor> Totals();
}
