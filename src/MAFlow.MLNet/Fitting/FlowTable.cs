namespace MAFlow.MLNet.Fitting;

/// <summary>The rows of a fit by what they are for.</summary>
/// <param name="Training">Rows to learn from.</param>
/// <param name="Validation">Rows to stop by.</param>
/// <param name="Calibration">Rows whose scores set the threshold, and the p-values if there are any; may be one of the others.</param>
internal sealed record FlowTable(FeatureMatrix Training, FeatureMatrix? Validation, FeatureMatrix Calibration)
{
    /// <summary>What there is to say about rows that are in none of them.</summary>
    public string? Remark { get; init; }

    /// <summary>Where rows to learn from are streamed; the training rows are then a sample of them.</summary>
    public FeatureStream? Stream { get; init; }

    /// <summary>Rows that are not learnt from.</summary>
    public IEnumerable<FeatureMatrix> Others => new[] { Validation, Calibration }.OfType<FeatureMatrix>()
        .Distinct().Where(rows => !ReferenceEquals(rows, Training));
}
