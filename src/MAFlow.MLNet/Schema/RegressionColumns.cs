namespace MAFlow.MLNet.Schema;

/// <summary>Names of the columns of a regression: those it reads and those it adds. A name that is null drops the column.</summary>
internal sealed record RegressionColumns(
    string Features, string Label, string? Score, string? StandardDeviation, string? Quantiles, string? LogLikelihood)
{
    /// <summary>The columns added, in their order in the schema.</summary>
    public IEnumerable<string> Added => new[] { Score, StandardDeviation, Quantiles, LogLikelihood }.OfType<string>();

    /// <exception cref="ArgumentException">Two columns share a name, or a name is empty.</exception>
    public void Validate() => ColumnNames.RequireDifferent([Features, Label, .. Added]);
}
