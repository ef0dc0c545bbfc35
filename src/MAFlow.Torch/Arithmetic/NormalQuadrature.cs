using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Integrals over a standard normal z of a function that is known at nodes, and linear between them: E[q] = Σ wᵢ qᵢ,
/// E[q²] = Σ vᵢ qᵢ² + 2 Σ uᵢ qᵢ qᵢ₊₁.</summary>
/// <remarks>The rule of MAFlow.Scoring for tensors of rows.</remarks>
internal static class NormalQuadrature
{
    private static readonly Scoring.Numerics.NormalQuadrature _rule = Scoring.Numerics.NormalQuadrature.Instance;

    /// <summary>z of each node, ascending.</summary>
    public static double[] Nodes => _rule.Nodes;

    /// <summary>Φ(z) of each node.</summary>
    public static double[] Levels => _rule.Levels;

    /// <summary>E[q] of each row.</summary>
    /// <param name="values">q at the nodes, shape [B, nodes], float64.</param>
    /// <returns>Shape [B].</returns>
    public static Tensor Mean(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.mv(tensor(_rule.Weights, dtype: float64)).MoveToOuterDisposeScope();
    }

    /// <summary>The variance of q of each row.</summary>
    /// <param name="values">q at the nodes, shape [B, nodes], float64.</param>
    /// <returns>Shape [B], at least 0.</returns>
    public static Tensor Variance(Tensor values)
    {
        using var scope = NewDisposeScope();
        // Around the mean, or large means would cost the digits of small variances.
        var q = values.sub(Mean(values).unsqueeze(1));
        var last = q.shape[1] - 1;
        var products = q.narrow(1, 0, last).mul(q.narrow(1, 1, last)).mv(tensor(_rule.Products, dtype: float64)).Mul(2);
        return q.Square().mv(tensor(_rule.Squares, dtype: float64)).Add(products).ClampMin(0).MoveToOuterDisposeScope();
    }

    /// <summary>The continuous ranked probability score 2 ∫ (1{y ≤ q_τ} - τ)(q_τ - y) dτ of each row.</summary>
    /// <param name="values">Quantiles q at the <see cref="Levels"/>, shape [B, nodes], float64.</param>
    /// <param name="observed">y, shape [B], float64.</param>
    /// <returns>Shape [B], in units of y. Gneiting, Raftery (2007).</returns>
    public static Tensor RankedScore(Tensor values, Tensor observed)
    {
        using var scope = NewDisposeScope();
        var above = values.sub(observed.unsqueeze(1));
        var loss = above.Ge(0).to(float64).sub(tensor(Levels, dtype: float64)).mul(above);
        return Mean(loss).Mul(2).MoveToOuterDisposeScope();
    }
}
