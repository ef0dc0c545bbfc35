using static TorchSharp.torch;

namespace MAFlow.Torch.Symmetries;

/// <summary>A signed permutation of the coordinates: (gx)ᵢ = sign · x_{source(i)}.</summary>
/// <remarks>Orthogonal, so it leaves the standard normal density unchanged.</remarks>
public sealed class SymmetryElement
{
    private readonly int[] _source;

    /// <summary>Creates an element.</summary>
    /// <param name="source">For each coordinate of gx, the coordinate of x it is taken from; a permutation of 0 … N-1.</param>
    /// <param name="sign">+1, or -1 to invert every coordinate.</param>
    /// <exception cref="ArgumentException">The sources are no permutation, or the sign is not ±1.</exception>
    public SymmetryElement(IReadOnlyList<int> source, int sign = 1)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Count == 0 || !source.Order().SequenceEqual(Enumerable.Range(0, source.Count)))
        {
            throw new ArgumentException(
                $"Expected a permutation of 0 to {source.Count - 1}, got repeated or missing indices.", nameof(source));
        }

        if (sign is not (1 or -1))
        {
            throw new ArgumentException($"Expected a sign of 1 or -1, got {sign}.", nameof(sign));
        }

        (_source, Sign) = ([.. source], sign);
    }

    /// <summary>+1 or -1.</summary>
    internal int Sign { get; }

    /// <summary>Number of coordinates N.</summary>
    internal int Dimension => _source.Length;

    /// <summary>For each coordinate of gx, the coordinate of x it is taken from.</summary>
    internal IReadOnlyList<int> Source => _source;

    /// <summary>gx of each row.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <returns>Shape [B, N].</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    internal Tensor Apply(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var index = tensor(_source, dtype: int64, device: x.device);
        return x.index_select(1, index).Mul(Sign).MoveToOuterDisposeScope();
    }

    /// <summary>The element that undoes this one.</summary>
    internal SymmetryElement Inverse()
    {
        var inverse = new int[_source.Length];
        for (var i = 0; i < _source.Length; i++)
        {
            inverse[_source[i]] = i;
        }

        return new(inverse, Sign);
    }

    /// <summary>The product g·h: first <paramref name="first"/>, then this element.</summary>
    internal SymmetryElement After(SymmetryElement first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return new([.. _source.Select(index => first._source[index])], Sign * first.Sign);
    }

    /// <summary>Whether two elements do the same to every x.</summary>
    internal bool Is(SymmetryElement other) => Sign == other.Sign && _source.AsSpan().SequenceEqual(other._source);

    /// <summary>Two elements are one if they do the same to every x.</summary>
    internal static IEqualityComparer<SymmetryElement> Comparer { get; } = EqualityComparer<SymmetryElement>.Create(
        (one, other) => one!.Is(other!),
        element => element._source.Aggregate(element.Sign, (hash, index) => unchecked((hash * 31) + index)));

    /// <summary>gx written out, shortened after eight coordinates: -x[1, 0, 2].</summary>
    internal string Text() =>
        $"{(Sign < 0 ? "-" : "")}x[{string.Join(", ", _source.Take(8))}{(_source.Length > 8 ? ", …" : "")}]";
}
