using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>The largest eigenvalues of a correlation matrix of N features, of which nothing of N × N numbers is formed.</summary>
/// <param name="Eigenvalues">Shape [r], float64, positive.</param>
/// <param name="Vectors">Orthonormal rows, shape [r, N], float64.</param>
/// <param name="Rest">What the others are on average, a number from 0 on.</param>
internal readonly record struct LowRankCorrelation(Tensor Eigenvalues, Tensor Vectors, double Rest)
{
    // Below it a direction is rounding of the Gram matrix.
    private const double Negligible = 1e-10;
    private const int Rounds = 3;
    private const ulong Seed = 0x72616E6BUL;

    /// <summary>All of them: with S of R rows, the eigenvalues of SᵀS/R are those of the Gram matrix SSᵀ/R.</summary>
    /// <param name="scaled">S, standardised rows [R, N], float64.</param>
    /// <param name="gram">SSᵀ, shape [R, R].</param>
    /// <param name="limits">Who waits.</param>
    public static LowRankCorrelation Of(Tensor scaled, Tensor gram, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = limits.Decompose(gram.Div(scaled.shape[0]));
        var correlation = Along(scaled, vectors, values, limits) with { Rest = 0 };
        return correlation.Kept();
    }

    /// <summary>The largest so many, and the mean of the others, by iterations on a random subspace.</summary>
    /// <remarks>Halko, Martinsson, Tropp (2011), algorithm 4.4; the mean is that of a probabilistic principal component analysis, Tipping,
    /// Bishop (1999).</remarks>
    /// <param name="scaled">S, standardised rows [R, N], float64.</param>
    /// <param name="rank">Number r, at most R and N.</param>
    /// <param name="limits">Who waits.</param>
    public static LowRankCorrelation Largest(Tensor scaled, long rank, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(Seed);
        var (rows, width) = (scaled.shape[0], scaled.shape[1]);
        var basis = randn(rows, rank, dtype: float64, generator: generator);
        for (var round = 0; round < Rounds; round++)
        {
            limits.Check();
            using var inner = NewDisposeScope();
            var (orthonormal, _) = linalg.qr(basis);
            var across = scaled.t().mm(orthonormal);
            limits.Check();
            var next = scaled.mm(across);
            basis.Dispose();
            basis = next.MoveToOuterDisposeScope();
        }

        var (within, _) = linalg.qr(basis);
        limits.Check();
        var part = within.t().mm(scaled);
        var (values, vectors) = limits.Decompose(part.mm(part.t()).Div(rows));
        var correlation = Along(part, vectors, values, limits, rows);
        var others = width - correlation.Eigenvalues.shape[0];
        // The trace of a correlation matrix is N.
        var left = others > 0 ? Math.Max(0, width - correlation.Eigenvalues.sum().item<double>()) / others : 0;
        return (correlation with { Rest = left }).Kept();
    }

    /// <summary>V = Λ^{-1/2} Qᵀ S/√R, with one step towards exact orthonormality.</summary>
    private static LowRankCorrelation Along(Tensor factor, Tensor vectors, Tensor values, FitLimits limits, long? count = null)
    {
        var kept = values.gt(values[-1].Mul(Negligible)).nonzero().squeeze(1);
        var eigenvalues = values.index_select(0, kept);
        limits.Check();
        var rows = vectors.index_select(1, kept).t().mm(factor).div(eigenvalues.Mul(count ?? factor.shape[0]).sqrt().unsqueeze(1));
        limits.Check();
        var near = rows.mm(rows.t());
        return new(eigenvalues, rows.Mul(1.5).sub(near.mm(rows).Mul(0.5)), 0);
    }

    private LowRankCorrelation Kept() => this with
    {
        Eigenvalues = Eigenvalues.MoveToOuterDisposeScope(), Vectors = Vectors.MoveToOuterDisposeScope(),
    };
}
