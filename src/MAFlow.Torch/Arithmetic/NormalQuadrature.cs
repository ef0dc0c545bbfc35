using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

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
    private readonly double[] _weights;
    private readonly double[] _squares;
    private readonly double[] _products;

    private NormalQuadrature()
    {
        using var scope = NewDisposeScope();
        var middle = special.ndtri(tensor([.. Enumerable.Range(0, MiddleNodes).Select(k => (k + 0.5) / MiddleNodes)], dtype: float64));
        Nodes = [.. _tail.Select(z => -z).Reverse(), .. middle.data<double>().ToArray(), .. _tail];
        var nodes = tensor(Nodes, dtype: float64);
        Levels = special.ndtr(nodes).data<double>().ToArray();
        var densities = Nodes.Select(z => Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI)).ToArray();
        (_weights, _squares, _products) = (new double[Nodes.Length], new double[Nodes.Length], new double[Nodes.Length - 1]);
        // Beyond the last nodes q is taken for constant.
        _weights[0] = _squares[0] = _weights[^1] = _squares[^1] = Levels[0];
        for (var i = 0; i + 1 < Nodes.Length; i++)
        {
            // Moments of the piece in z, then in t = (z - zᵢ)/width, which runs from 0 to 1.
            var (left, width) = (Nodes[i], Nodes[i + 1] - Nodes[i]);
            var mass = Levels[i + 1] - Levels[i];
            var first = densities[i] - densities[i + 1];
            var second = mass + (left * densities[i]) - (Nodes[i + 1] * densities[i + 1]);
            var linear = (first - (left * mass)) / width;
            var square = (second - (2 * left * first) + (left * left * mass)) / (width * width);
            _weights[i] += mass - linear;
            _weights[i + 1] += linear;
            _squares[i] += mass - (2 * linear) + square;
            _squares[i + 1] += square;
            _products[i] = linear - square;
        }
    }

    /// <summary>The one rule there is.</summary>
    public static NormalQuadrature Instance { get; } = new();

    /// <summary>z of each node, ascending.</summary>
    public double[] Nodes { get; }

    /// <summary>Φ(z) of each node.</summary>
    public double[] Levels { get; }

    /// <summary>E[q] of each row.</summary>
    /// <param name="values">q at the nodes, shape [B, nodes], float64.</param>
    /// <returns>Shape [B].</returns>
    public Tensor Mean(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.mv(tensor(_weights, dtype: float64)).MoveToOuterDisposeScope();
    }

    /// <summary>The variance of q of each row.</summary>
    /// <param name="values">q at the nodes, shape [B, nodes], float64.</param>
    /// <returns>Shape [B], at least 0.</returns>
    public Tensor Variance(Tensor values)
    {
        using var scope = NewDisposeScope();
        // Around the mean, or large means would cost the digits of small variances.
        var q = values.sub(Mean(values).unsqueeze(1));
        var last = q.shape[1] - 1;
        var products = q.narrow(1, 0, last).mul(q.narrow(1, 1, last)).mv(tensor(_products, dtype: float64)).Mul(2);
        return q.Square().mv(tensor(_squares, dtype: float64)).Add(products).ClampMin(0).MoveToOuterDisposeScope();
    }

    /// <summary>The continuous ranked probability score 2 ∫ (1{y ≤ q_τ} - τ)(q_τ - y) dτ of each row.</summary>
    /// <param name="values">Quantiles q at the <see cref="Levels"/>, shape [B, nodes], float64.</param>
    /// <param name="observed">y, shape [B], float64.</param>
    /// <returns>Shape [B], in units of y. Gneiting, Raftery (2007).</returns>
    public Tensor RankedScore(Tensor values, Tensor observed)
    {
        using var scope = NewDisposeScope();
        var above = values.sub(observed.unsqueeze(1));
        var loss = above.Ge(0).to(float64).sub(tensor(Levels, dtype: float64)).mul(above);
        return Mean(loss).Mul(2).MoveToOuterDisposeScope();
    }
}
