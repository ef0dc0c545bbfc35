using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>A solve between two knots of one block of rows, and its exact derivative. One thread uses it at a time.</summary>
internal interface IKnotSolve : IDisposable
{
    /// <summary>Points of all stages of a solve.</summary>
    Tensor MakeRecord(Tensor start);

    /// <summary>Integrates along the piece.</summary>
    /// <param name="start">Points at its start, columns last.</param>
    /// <param name="score">∇ ln p there, of the same shape; null where it is not wanted.</param>
    /// <param name="record">Receives the points of all stages; null where nobody wants them.</param>
    /// <returns>Points at the end, ∫∇²φ dt of each column [R], and the score at the end.</returns>
    (Tensor X, Tensor Laplacian, Tensor? Score) Integrate(Tensor start, Tensor? score, Tensor? record);

    /// <summary>The derivative of a solve by its start, then those by the terms.</summary>
    /// <param name="record">Points of all stages.</param>
    /// <param name="adjoint">∂L/∂x at the end.</param>
    /// <param name="upstream">∂L/∂∫∇²φ of each column [R]; null where it is zero.</param>
    IReadOnlyList<Tensor> Differentiate(Tensor record, Tensor adjoint, Tensor? upstream);
}
