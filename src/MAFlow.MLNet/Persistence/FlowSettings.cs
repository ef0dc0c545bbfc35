namespace MAFlow.MLNet;

/// <summary>What a transformer is besides its model: all that has to be saved with it. Devices are not, they belong to the machine.</summary>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Threshold">Rows with a higher score are anomalies.</param>
/// <param name="ScoringDepth">Integration steps in scoring; null for those of the training.</param>
/// <param name="ScoringBatchSize">Rows evaluated together.</param>
internal sealed record FlowSettings(FlowColumns Columns, float Threshold, int? ScoringDepth, int ScoringBatchSize);
