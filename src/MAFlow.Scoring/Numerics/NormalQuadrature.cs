namespace MAFlow.Scoring.Numerics;

/// <summary>Integrals over a standard normal z of a function that is known at nodes, and linear between them: E[q] = Σ wᵢ qᵢ,
/// E[q²] = Σ vᵢ qᵢ² + 2 Σ uᵢ qᵢ qᵢ₊₁.</summary>
/// <remarks>
/// The nodes are of equal probability in the middle and 0.3 to 0.6 apart in the tails. Where q jumps by H, as between the modes of a
/// density, E[q] is off by at most H/96; where q is linear, as for a normal density, both are exact but for the tails beyond |z| = 5.
/// </remarks>
internal sealed class NormalQuadrature
{
    private const int MiddleNodes = 48;
    private static readonly double[] _tail = [2.6, 2.9, 3.3, 3.8, 4.4, 5];

    private NormalQuadrature()
    {
        var middle = Enumerable.Range(0, MiddleNodes).Select(
            k => SpecialFunctions.NormalQuantile(((2 * k) + 1 - MiddleNodes) / (double)MiddleNodes));
        Nodes = [.. _tail.Select(z => -z).Reverse(), .. middle, .. _tail];
        Levels = Array.ConvertAll(Nodes, z => 0.5 * SpecialFunctions.Erfc(-z / Math.Sqrt(2)));
        var densities = Array.ConvertAll(Nodes, z => Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI));
        (Weights, Squares, Products) = (new double[Nodes.Length], new double[Nodes.Length], new double[Nodes.Length - 1]);
        // Beyond the last nodes q is taken for constant.
        Weights[0] = Squares[0] = Weights[^1] = Squares[^1] = Levels[0];
        for (var i = 0; i + 1 < Nodes.Length; i++)
        {
            // Moments of the piece in z, then in t = (z - zᵢ)/width, which runs from 0 to 1.
            var (left, width) = (Nodes[i], Nodes[i + 1] - Nodes[i]);
            var mass = Levels[i + 1] - Levels[i];
            var first = densities[i] - densities[i + 1];
            var second = mass + (left * densities[i]) - (Nodes[i + 1] * densities[i + 1]);
            var linear = (first - (left * mass)) / width;
            var square = (second - (2 * left * first) + (left * left * mass)) / (width * width);
            Weights[i] += mass - linear;
            Weights[i + 1] += linear;
            Squares[i] += mass - (2 * linear) + square;
            Squares[i + 1] += square;
            Products[i] = linear - square;
        }
    }

    /// <summary>The one rule there is.</summary>
    public static NormalQuadrature Instance { get; } = new();

    /// <summary>z of each node, ascending.</summary>
    public double[] Nodes { get; }

    /// <summary>Φ(z) of each node.</summary>
    public double[] Levels { get; }

    /// <summary>w of each node.</summary>
    public double[] Weights { get; }

    /// <summary>v of each node.</summary>
    public double[] Squares { get; }

    /// <summary>u of each node but the last.</summary>
    public double[] Products { get; }

    /// <summary>E[q].</summary>
    /// <param name="values">q at the nodes.</param>
    public double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        for (var i = 0; i < Weights.Length; i++)
        {
            sum += Weights[i] * values[i];
        }

        return sum;
    }

    /// <summary>The variance of q, at least 0.</summary>
    /// <param name="values">q at the nodes.</param>
    public double Variance(ReadOnlySpan<double> values)
    {
        // Around the mean, or large means would cost the digits of small variances.
        var (mean, sum) = (Mean(values), 0.0);
        for (var i = 0; i < Squares.Length; i++)
        {
            var own = values[i] - mean;
            sum += Squares[i] * own * own;
            sum += i < Products.Length ? 2 * Products[i] * own * (values[i + 1] - mean) : 0;
        }

        return Math.Max(sum, 0);
    }
}
