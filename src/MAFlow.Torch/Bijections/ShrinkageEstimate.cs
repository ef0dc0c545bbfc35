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

    /// <summary>Parts that are left out in turn.</summary>
    public const int Folds = 5;

    private const int Candidates = 25;
    private const double Smallest = 1e-4;
    private const double Negligible = 1e-10;

    private static Tensor Weights => logspace(Math.Log10(Smallest), 0, Candidates, dtype: float64).unsqueeze(1);

    /// <summary>The best weight s of the identity, from 1e-4 to 1.</summary>
    /// <param name="scaled">Rows [R, N] of standardised features in random order, float64.</param>
    /// <param name="limits">Who waits.</param>
    public static double Of(Tensor scaled, FitLimits limits = default)
    {
        using var scope = NewDisposeScope();
        var rows = scaled.shape[0];
        if (rows < 2 * Folds)
        {
            return 1;
        }

        if (rows < scaled.shape[1])
        {
            return OfGram(scaled.mm(scaled.t()), scaled.shape[1], limits);
        }

        var weights = Weights;
        var loss = zeros(Candidates, dtype: float64);
        for (var fold = 0; fold < Folds; fold++)
        {
            using var inner = NewDisposeScope();
            var number = TensorFactories.Arange(rows, int64).Remainder(Folds);
            var kept = scaled.index_select(0, number.Ne(fold).nonzero().squeeze(1));
            var left = scaled.index_select(0, number.Eq(fold).nonzero().squeeze(1));
            var (eigenvalues, vectors) = limits.Decompose(kept.t().mm(kept).Div(kept.shape[0]));
            var variances = weights.neg().Add(1).mul(eigenvalues.ClampMin(0)).Add(weights);
            var squares = left.mm(vectors).Square().mean([0L]);
            loss.Add_(squares.div(variances).Add(variances.log()).sum([1L]));
        }

        return weights.squeeze(1)[loss.argmin()].item<double>();
    }

    /// <summary>The best weight where there are fewer rows than features: of the others' R = S'S/R nothing but SS' is needed.</summary>
    /// <param name="gram">SSᵀ of all rows, in random order, shape [R, R].</param>
    /// <param name="width">Number of features N.</param>
    /// <param name="limits">Who waits.</param>
    public static double OfGram(Tensor gram, long width, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        var rows = gram.shape[0];
        if (rows < 2 * Folds)
        {
            return 1;
        }

        var weights = Weights;
        var loss = zeros(Candidates, dtype: float64);
        for (var fold = 0; fold < Folds; fold++)
        {
            using var inner = NewDisposeScope();
            var number = TensorFactories.Arange(rows, int64).Remainder(Folds);
            var (kept, left) = (number.Ne(fold).nonzero().squeeze(1), number.Eq(fold).nonzero().squeeze(1));
            var (all, vectors) = limits.Decompose(gram.index_select(0, kept).index_select(1, kept).Div(kept.shape[0]));
            var along = all.gt(all[-1].Mul(Negligible)).nonzero().squeeze(1);
            var eigenvalues = all.index_select(0, along);
            // Vᵀz = Λ^{-1/2} Qᵀ S z/√R
            var between = gram.index_select(0, left).index_select(1, kept).mm(vectors.index_select(1, along));
            var squares = between.Square().mean([0L]).div(eigenvalues.Mul(kept.shape[0]));
            var across = gram.diagonal().index_select(0, left).mean().sub(squares.sum()).ClampMin(0);
            var variances = weights.neg().Add(1).mul(eigenvalues).Add(weights);
            var logs = variances.log().sum([1L]).Add(weights.log().squeeze(1).Mul(width - eigenvalues.shape[0]));
            loss.Add_(squares.div(variances).sum([1L]).Add(across.div(weights.squeeze(1))).Add(logs));
        }

        return weights.squeeze(1)[loss.argmin()].item<double>();
    }

    /// <summary>The best weight for so many rows, spread over the table, as time allows.</summary>
    /// <param name="scaled">Rows [R, N] of standardised features, float64.</param>
    /// <param name="limits">Who waits, and for how long.</param>
    public static double OfSome(Tensor scaled, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        var most = (long)Math.Cbrt(limits.Operations / (2 * FitLimits.OfDecomposition(1) * Folds));
        var rows = scaled.shape[0];
        if (most >= rows)
        {
            return Of(scaled, limits);
        }

        var index = TensorFactories.Arange(most, int64).Mul(rows).floor_divide(tensor(most));
        return Of(scaled.index_select(0, index), limits);
    }
}
