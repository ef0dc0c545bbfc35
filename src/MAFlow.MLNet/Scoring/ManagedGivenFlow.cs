using MAFlow.Scoring.Models;

namespace MAFlow.MLNet.Scoring;

/// <summary>p(x | c) in managed code.</summary>
internal sealed class ManagedGivenFlow(RowScorer scorer) : IGivenFlow
{
    public int? RowsOfBlock => null;

    public double[] LogProb(double[] rows, double[] contexts)
    {
        var logProb = new double[rows.Length / scorer.Dimension];
        scorer.Encode<double>(rows, contexts, [], logProb);
        return logProb;
    }

    public double[] Decode(double[] codes, double[] contexts)
    {
        var rows = new double[codes.Length];
        scorer.Decode<double>(codes, contexts, rows);
        return rows;
    }
}
