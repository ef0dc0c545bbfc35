using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>How far to shrink a correlation matrix towards the identity: by the likelihood of rows that were left out.</summary>
/// <remarks>
/// With R = V diag(λ) Vᵀ of the other rows, -2 ln p of a row z is Σᵢ [(Vᵀz)ᵢ²/((1-s)λᵢ + s) + ln((1-s)λᵢ + s)] up to a constant: one
/// decomposition
/// serves every s. Compare Hoffbeck, Landgrebe (1996), who leave out one row at a time.
/// </remarks>
internal static class ShrinkageEstimate
{
    /// <summary>More rows than this make no difference.</summary>
    public const int MaxRows = 10_000;

    private const int Folds = 5;
    private const int Candidates = 25;
    private const double Smallest = 1e-4;

    /// <summary>The best weight s of the identity, from 1e-4 to 1.</summary>
    /// <param name="scaled">Rows [R, N] of standardised features in random order, float64.</param>
    public static double Of(Tensor scaled)
    {
        using var scope = NewDisposeScope();
        var rows = scaled.shape[0];
        if (rows < 2 * Folds)
        {
            return 1;
        }

        var weights = logspace(Math.Log10(Smallest), 0, Candidates, dtype: float64).unsqueeze(1);
        var loss = zeros(Candidates, dtype: float64);
        for (var fold = 0; fold < Folds; fold++)
        {
            using var inner = NewDisposeScope();
            var number = TensorFactories.Arange(rows, int64).Remainder(Folds);
            var kept = scaled.index_select(0, number.Ne(fold).nonzero().squeeze(1));
            var left = scaled.index_select(0, number.Eq(fold).nonzero().squeeze(1));
            var (eigenvalues, vectors) = linalg.eigh(kept.t().mm(kept).Div(kept.shape[0]));
            var variances = weights.neg().Add(1).mul(eigenvalues.ClampMin(0)).Add(weights);
            var squares = left.mm(vectors).Square().mean([0L]);
            loss.Add_(squares.div(variances).Add(variances.log()).sum([1L]));
        }

        return weights.squeeze(1)[loss.argmin()].item<double>();
    }
}
