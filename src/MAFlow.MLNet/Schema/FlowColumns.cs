using System.Text.Json.Serialization;

namespace MAFlow.MLNet.Schema;

/// <summary>Names of the columns of a flow: those it reads and those it adds. A name that is null drops the column.</summary>
internal sealed record FlowColumns(
    string Input,
    string? Output,
    string? LogLikelihood,
    string? Score,
    string? PredictedLabel,
    string? PValue = null,
    string? Contributions = null,
    string? LeadingFeatures = null,
    string? LeadingContributions = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Context = null)
{
    /// <summary>The columns added, in their order in the schema.</summary>
    public IEnumerable<string> Added => new[]
    {
        Output, LogLikelihood, Score, PredictedLabel, PValue, Contributions, LeadingFeatures, LeadingContributions,
    }.OfType<string>();

    /// <summary>The first column that needs the gradient of the score; null where there is none.</summary>
    [JsonIgnore]
    public string? Reasons => Contributions ?? LeadingFeatures ?? LeadingContributions;

    /// <exception cref="ArgumentException">Two columns share a name, or a name is empty.</exception>
    public void Validate()
    {
        string[] read = Context is null ? [Input] : [Input, Context];
        ColumnNames.RequireDifferent(read.Skip(Output == Input ? 1 : 0).Concat(Added));
    }
}
