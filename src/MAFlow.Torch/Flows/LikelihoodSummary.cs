namespace MAFlow.Torch.Flows;

/// <summary>Mean negative log-likelihood of a data set.</summary>
public sealed class LikelihoodSummary
{
    internal LikelihoodSummary(long rows, double meanNll, double standardError) =>
        (Rows, MeanNll, StandardError) = (rows, meanNll, standardError);

    /// <summary>Number of rows.</summary>
    internal long Rows { get; }

    /// <summary>Mean -ln p in nats per row; over N ln 2 it is the code length in bits per feature.</summary>
    public double MeanNll { get; }

    /// <summary>Standard error of the mean over rows, in nats.</summary>
    public double StandardError { get; }
}
