using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>The factors of C = L Rᵀ, L and R [h, N], laid out for products with rows of numbers.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class CouplingPanels<T>
    where T : unmanaged
{
    private readonly Lazy<(Panels<T> Left, Panels<T> Right)> _transposed;

    /// <param name="left">L, row by row.</param>
    /// <param name="right">R, row by row.</param>
    /// <param name="hidden">h.</param>
    /// <param name="dimension">N.</param>
    public CouplingPanels(T[] left, T[] right, int hidden, int dimension)
    {
        Narrow = new(hidden, dimension, left, areTransposed: false);
        Widen = new(dimension, hidden, right, areTransposed: true);
        _transposed = new(() => (
            new(dimension, hidden, left, areTransposed: true), new(hidden, dimension, right, areTransposed: false)));
    }

    /// <summary>L: from h hidden units to N coordinates.</summary>
    public Panels<T> Narrow { get; }

    /// <summary>Rᵀ: from N coordinates to h hidden units.</summary>
    public Panels<T> Widen { get; }

    /// <summary>Lᵀ: from N adjoints to h hidden units.</summary>
    public Panels<T> WidenAdjoint => _transposed.Value.Left;

    /// <summary>R: from h adjoints to N coordinates.</summary>
    public Panels<T> NarrowAdjoint => _transposed.Value.Right;
}
