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

        return OfFolds(rows, (weights, kept, left) =>
        {
            var others = scaled.index_select(0, kept);
            var (eigenvalues, vectors) = limits.Decompose(others.t().mm(others).Div(others.shape[0]));
            var variances = weights.neg().Add(1).mul(eigenvalues.ClampMin(0)).Add(weights);
            var squares = scaled.index_select(0, left).mm(vectors).Square().mean([0L]);
            return squares.div(variances).Add(variances.log()).sum([1L]);
        });
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

        return OfFolds(rows, (weights, kept, left) =>
        {
            var (all, vectors) = limits.Decompose(gram.index_select(0, kept).index_select(1, kept).Div(kept.shape[0]));
            var along = all.gt(all[-1].Mul(Negligible)).nonzero().squeeze(1);
            var eigenvalues = all.index_select(0, along);
            // Vᵀz = Λ^{-1/2} Qᵀ S z/√R
            var between = gram.index_select(0, left).index_select(1, kept).mm(vectors.index_select(1, along));
            var squares = between.Square().mean([0L]).div(eigenvalues.Mul(kept.shape[0]));
            var across = gram.diagonal().index_select(0, left).mean().sub(squares.sum()).ClampMin(0);
            var variances = weights.neg().Add(1).mul(eigenvalues).Add(weights);
            var logs = variances.log().sum([1L]).Add(weights.log().squeeze(1).Mul(width - eigenvalues.shape[0]));
            return squares.div(variances).sum([1L]).Add(across.div(weights.squeeze(1))).Add(logs);
        });
    }

    /// <summary>How many rows time allows to look at.</summary>
    /// <param name="limits">For how long somebody waits.</param>
    public static long AffordableRows(FitLimits limits) =>
        (long)Math.Min(MaxRows, Math.Cbrt(limits.Operations / (2 * FitLimits.OfDecomposition(1) * Folds)));

    /// <summary>The weight with the smallest sum of losses over the folds.</summary>
    /// <param name="rows">Number of rows R, in random order.</param>
    /// <param name="loss">From all weights [C, 1], the rows to learn from and those that are left out to the loss of each weight
    /// [C].</param>
    private static double OfFolds(long rows, Func<Tensor, Tensor, Tensor, Tensor> loss)
    {
        var weights = logspace(Math.Log10(Smallest), 0, Candidates, dtype: float64).unsqueeze(1);
        var sum = zeros(Candidates, dtype: float64);
        var number = TensorFactories.Arange(rows, int64).Remainder(Folds);
        for (var fold = 0; fold < Folds; fold++)
        {
            using var inner = NewDisposeScope();
            sum.Add_(loss(weights, number.Ne(fold).nonzero().squeeze(1), number.Eq(fold).nonzero().squeeze(1)));
        }

        return weights.squeeze(1)[sum.argmin()].item<double>();
    }
}
