using static TorchSharp.torch;

namespace MAFlow.MLNet.Fitting;

/// <summary>Compares the rows that a view begins with to a random sample of them all: a shuffle buffer does not mix a sorted
/// table.</summary>
/// <param name="sample">The random sample.</param>
/// <param name="count">Rows of a pass.</param>
internal sealed class FirstRows(FeatureMatrix sample, long count)
{
    /// <summary>As many as a shuffle buffer holds.</summary>
    private const long MaxRows = 16_384;
    private const double MinDifference = 0.1;
    private const double StandardErrors = 5;
    private readonly double[] _sums = new double[sample.Dimension];
    private long _rows;

    /// <summary>Adds the next rows of the first pass.</summary>
    /// <returns>Once there are enough of them, what to say; null otherwise.</returns>
    public string? Add(Tensor rows, string column)
    {
        // The buffer takes such a table as a whole.
        if (_rows >= MaxRows || count <= MaxRows)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var sums = rows.to(ScalarType.Float64).sum([0L]).data<double>();
        for (var feature = 0; feature < _sums.Length; feature++)
        {
            _sums[feature] += sums[feature];
        }

        _rows += rows.shape[0];
        return _rows >= MaxRows ? Remark(column) : null;
    }

    private string? Remark(string column)
    {
        var (means, deviations) = (Means(), sample.Deviations());
        var differences = means.Select((mean, feature) => Math.Abs((_sums[feature] / _rows) - mean) / deviations[feature]);
        var (difference, worst) = differences.Select((value, feature) => (value, feature)).Max();
        var most = MinDifference + (StandardErrors * Math.Sqrt((1.0 / _rows) + (1.0 / sample.Rows)));
        return difference <= most ? null : FormattableString.Invariant(
            $"The first {_rows} rows of column '{column}' are no random ones: the mean of feature {worst} (counted from 0) differs from ")
            + FormattableString.Invariant($"that of all rows by {difference:G2} standard deviations. Streaming shuffles rows only as ")
            + "far as its buffer reaches. Shuffle the table once before, or train without Streaming on a random sample.";
    }

    private double[] Means()
    {
        using var scope = NewDisposeScope();
        return sample.ToTensor().to(ScalarType.Float64).mean([0L]).data<double>().ToArray();
    }
}
