namespace MAFlow.MLNet;

/// <summary>How rows that are taken for ordinary compare with those that a model took its p-values from.</summary>
public sealed record CalibrationMetrics
{
    internal CalibrationMetrics()
    {
    }

    /// <summary>Number m of rows with a p-value; rows with missing values have none.</summary>
    public required long Rows { get; init; }

    /// <summary>D = sup |F(s) - G(s)| for the scores of the rows and of the held-out ones, from 0 to 1: the statistic of Kolmogorov and
    /// Smirnov for two samples.</summary>
    public required double KolmogorovSmirnov { get; init; }

    /// <summary>Probability of as large a D where nothing has changed, with n held-out rows: Q(λ) = 2 Σ (-1)ʲ⁻¹ exp(-2j²λ²),
    /// λ = (√e + 0.12 + 0.11/√e) D, e = nm/(n + m). Below 0.01, say, the model should be trained anew.</summary>
    /// <remarks>M. A. Stephens, Journal of the Royal Statistical Society B 32, 1970.</remarks>
    public required double PValue { get; init; }

    /// <summary>Share of rows whose score exceeds the threshold; NaN where the view has no column of predicted labels.</summary>
    public required double ShareFlagged { get; init; }
}
