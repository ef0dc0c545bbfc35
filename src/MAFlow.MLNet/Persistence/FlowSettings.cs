using System.Text.Json.Serialization;

namespace MAFlow.MLNet.Persistence;

/// <summary>What a transformer is besides its model: all that has to be saved with it. Devices are not, they belong to the
/// machine.</summary>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Threshold">Rows with a higher score are anomalies.</param>
/// <param name="ScoringDepth">Integration steps asked for in scoring; null for those of the model.</param>
/// <param name="ScoringBatchSize">Rows evaluated together.</param>
/// <param name="HeldOut">Scores of rows that were not trained on, in ascending order; null where nobody asked for p-values.</param>
/// <param name="Deviations">Standard deviation of each feature in training; null where there is no column of contributions.</param>
/// <param name="Measure">What the scores measure.</param>
/// <param name="LeadingCount">How many features the columns of leading ones name; null where there are none.</param>
internal sealed record FlowSettings(
    FlowColumns Columns, float Threshold, int? ScoringDepth, int ScoringBatchSize, float[]? HeldOut = null, float[]? Deviations = null,
    AnomalyMeasure Measure = AnomalyMeasure.Density, int? LeadingCount = null)
{
    /// <summary>The measure itself; null for the density, and where the model is not there yet.</summary>
    [JsonIgnore]
    public RankingMeasure? Ranking { get; init; }

    /// <summary>The model at the depth of scoring.</summary>
    public DensityModel Of(DensityModel model) => ScoringDepth is { } depth ? model.At(depth) : model;
}
