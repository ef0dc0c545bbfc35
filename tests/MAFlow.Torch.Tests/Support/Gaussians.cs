using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Gaussians whose transport has closed forms, and points that stand for them.</summary>
internal static class Gaussians
{
    /// <summary>The Bures-Wasserstein distance W₂²(𝒩(m, A), 𝒩(n, B)) = |m - n|² + tr(A + B - 2 (A^{1/2} B A^{1/2})^{1/2}).</summary>
    public static double SquaredDistance(Tensor m, Tensor a, Tensor n, Tensor b)
    {
        using var scope = NewDisposeScope();
        var root = Root(a);
        return m.sub(n).square().sum().add(a.add(b).trace()).sub(Root(root.mm(b).mm(root)).trace().mul(2)).item<double>();
    }

    /// <summary>Entropic transport with the cost |x - y|² and ε = 2σ². Janati, Muzellec, Peyré, Cuturi (2020), theorem 1.</summary>
    /// <remarks>|m - n|² + tr A + tr B - tr D + dσ²(1 - ln 2σ²) + σ² ln det(D + σ²I) with D = (4 A^{1/2} B A^{1/2} + σ⁴ I)^{1/2}.</remarks>
    public static double EntropicCost(Tensor m, Tensor a, Tensor n, Tensor b, double epsilon)
    {
        using var scope = NewDisposeScope();
        var (d, variance, root) = (a.shape[0], epsilon / 2, Root(a));
        var one = eye(d, dtype: float64);
        var mixed = Root(root.mm(b).mm(root).mul(4).add(one.mul(variance * variance)));
        return m.sub(n).square().sum().add(a.trace()).add(b.trace()).sub(mixed.trace()).item<double>()
            + (d * variance * (1 - Math.Log(2 * variance))) + (variance * mixed.add(one.mul(variance)).logdet().item<double>());
    }

    /// <summary>The Sinkhorn divergence of two Gaussians.</summary>
    public static double SinkhornDivergence(Tensor m, Tensor a, Tensor n, Tensor b, double epsilon) => EntropicCost(m, a, n, b, epsilon)
        - (EntropicCost(m, a, m, a, epsilon) / 2) - (EntropicCost(n, b, n, b, epsilon) / 2);

    /// <summary>Rows spread evenly under the standard normal, in pairs ±z, with a mean of zero and a covariance of one exactly.</summary>
    public static Tensor StandardRows(long rows, long dimension)
    {
        using var scope = NewDisposeScope();
        // The root of g^{N+1} = g + 1: its powers make the Kronecker sequence of Roberts (2018).
        var ratio = Enumerable.Range(0, 60).Aggregate(1.5, (g, _) => Math.Pow(1 + g, 1.0 / (dimension + 1)));
        var shifts = tensor([.. Enumerable.Range(1, (int)dimension).Select(k => Math.Pow(ratio, -k))]);
        var uniform = arange(rows / 2, dtype: float64).add(0.5).unsqueeze(1).mul(shifts).frac();
        return Whitened(uniform.mul(2).sub(1).erfinv().mul(Math.Sqrt(2))).MoveToOuterDisposeScope();
    }

    /// <summary>Random rows under the standard normal, in pairs ±z, with a mean of zero and a covariance of one exactly.</summary>
    public static Tensor RandomRows(ulong seed, long rows, long dimension)
    {
        using var scope = NewDisposeScope();
        return Whitened(Draw.Normal(seed, rows / 2, dimension)).MoveToOuterDisposeScope();
    }

    /// <summary>The symmetric root.</summary>
    public static Tensor Root(Tensor covariance)
    {
        var (values, vectors) = linalg.eigh(covariance);
        return vectors.mul(values.sqrt()).mm(vectors.t());
    }

    private static Tensor Whitened(Tensor half)
    {
        var z = cat([half, half.neg()]);
        return z.mm(linalg.inv(linalg.cholesky(z.t().mm(z).div(z.shape[0]))).t());
    }
}
