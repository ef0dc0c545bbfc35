namespace MAFlow.MLNet.Scoring;

/// <summary>A density that depends on a context, in managed code or as tensors. Rows and contexts lie one after the other.</summary>
internal interface IGivenFlow
{
    /// <summary>Number of rows that are to be evaluated together, so that a row has the same bits alone and in a table; null for
    /// any.</summary>
    int? RowsOfBlock { get; }

    /// <summary>ln p(x | c) [B] of finite rows [B, N] with finite contexts [B, C].</summary>
    double[] LogProb(double[] rows, double[] contexts);

    /// <summary>Rows [B, N] of latent codes, in original units.</summary>
    double[] Decode(double[] codes, double[] contexts);
}
