namespace MAFlow.MLNet.Schema;

/// <summary>Names of the columns of a flow: the one it reads and those it adds. A name that is null drops the column.</summary>
internal sealed record FlowColumns(
    string Input,
    string? Output,
    string? LogLikelihood,
    string? Score,
    string? PredictedLabel,
    string? PValue = null,
    string? Contributions = null)
{
    /// <summary>The columns added, in their order in the schema.</summary>
    public IEnumerable<string> Added => new[] { Output, LogLikelihood, Score, PredictedLabel, PValue, Contributions }.OfType<string>();

    /// <exception cref="ArgumentException">Two columns share a name, or a name is empty.</exception>
    public void Validate() => ColumnNames.RequireDifferent(Added.Prepend(Input).Skip(Output == Input ? 1 : 0));
}
