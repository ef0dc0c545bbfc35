namespace MAFlow.Torch.Flows;

/// <summary>Mean negative log-likelihood of a data set.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="MeanNll">Mean -ln p in nats per row.</param>
/// <param name="StandardError">Standard error of the mean over rows, in nats.</param>
/// <param name="Dimension">Number of features N.</param>
public readonly record struct LikelihoodSummary(long Rows, double MeanNll, double StandardError, long Dimension)
{
    /// <summary>Mean -log₂ p per feature, in bits: the code length of a quantised value when the bin width is 1.</summary>
    public double BitsPerDimension => MeanNll / (Dimension * Math.Log(2));
}
