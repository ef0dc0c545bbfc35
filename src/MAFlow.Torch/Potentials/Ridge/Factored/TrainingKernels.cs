using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>The loops over numbers that only the reverse pass of a factored solve needs, beside those of scoring.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal abstract class TrainingKernels<T>
    where T : unmanaged
{
    /// <summary>s = 1/(1 + e⁻ʸ), in place.</summary>
    public abstract void Logistic(Span<T> y);

    /// <summary>s = tanh y, in place.</summary>
    public abstract void Tangent(Span<T> y);

    /// <summary>adjoint ← (k₀ + k₁s + k₂s²) ∘ (adjoint + weight (direct + s ∘ slope)), everything of one length.</summary>
    public abstract void Adjoint(
        ReadOnlySpan<T> s, SecondDerivative second, T weight, ReadOnlySpan<T> direct, ReadOnlySpan<T> slope, Span<T> adjoint);

    /// <summary>target += aᵀ b, the sum of outer products of rows.</summary>
    /// <param name="a">Rows of the left factor; numbers behind its columns up to a multiple of four are read, and have to be zero.</param>
    /// <param name="strideA">Distance between its rows.</param>
    /// <param name="b">Rows of the right factor, as long as those of the target.</param>
    /// <param name="rows">Number of rows of both.</param>
    /// <param name="columns">Columns of a, a multiple of four.</param>
    /// <param name="target">Shape [columns, length of a row of b].</param>
    public abstract void AddOuter(ReadOnlySpan<T> a, int strideA, ReadOnlySpan<T> b, int rows, int columns, Span<T> target);
}
