using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>The check that every quadratic energy makes of its matrix.</summary>
internal static class SymmetricMatrix
{
    /// <summary>Eigenvalues in ascending order, all positive.</summary>
    /// <exception cref="ArgumentException">The matrix is not of shape [N, N], finite, symmetric and positive definite.</exception>
    public static double[] Eigenvalues(Tensor matrix, long dimension, string hint = "")
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (!matrix.shape.SequenceEqual([dimension, dimension]))
        {
            throw new ArgumentException(
                $"Expected a matrix of shape [{dimension}, {dimension}], got {TensorChecks.Format(matrix.shape)}.", nameof(matrix));
        }

        using var scope = NewDisposeScope();
        var wide = matrix.detach().to(float64).cpu();
        TensorChecks.RequireFinite(wide, "the matrix");
        var difference = wide.sub(wide.t()).abs().max().item<double>();
        if (difference > 1e-10 * wide.abs().max().item<double>())
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"Expected a symmetric matrix, got entries that differ from their mirror images by up to {difference:G3}."),
                nameof(matrix));
        }

        var eigenvalues = linalg.eigvalsh(wide).data<double>().ToArray();
        return eigenvalues[0] > 0
            ? eigenvalues
            : throw new ArgumentException(
                FormattableString.Invariant(
                    $"Expected a positive definite matrix, got a smallest eigenvalue of {eigenvalues[0]:G6}{hint}."),
                nameof(matrix));
    }
}
