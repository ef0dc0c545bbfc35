namespace MAFlow.MLNet.Persistence;

/// <summary>Writes <see cref="FlowSettings"/> as JSON behind its length, and reads it without trusting it.</summary>
internal static class FlowSettingsFormat
{
    private const int MaxDepth = 1 << 20;
    private const long MaxNumbersInBatch = 1 << 28;

    public static void Write(BinaryWriter writer, FlowSettings settings) => SettingsJson.Write(writer, settings);

    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> writes.</exception>
    public static FlowSettings Read(BinaryReader reader) => SettingsJson.Read<FlowSettings>(reader, settings =>
    {
        settings.Columns.Validate();
        if (float.IsNaN(settings.Threshold) || settings.ScoringBatchSize < 1 || settings.ScoringDepth < 1)
        {
            throw Corrupt($"a threshold, a batch size and a depth that make sense, got {settings}");
        }

        if (settings.Columns.PValue is not null && settings.HeldOut is not { Length: > 0 }
            || settings.Columns.Reasons is not null && settings.Deviations is null)
        {
            throw Corrupt("held-out scores for p-values and deviations for contributions, got none");
        }

        if (settings.Columns is { Context: not null } columns
            && (columns.PValue is not null || columns.Reasons is not null || settings.Measure != AnomalyMeasure.Density))
        {
            throw Corrupt("neither p-values nor contributions nor a measure of anomalies beside a context");
        }

        if (!Enum.IsDefined(settings.Measure))
        {
            throw Corrupt($"a measure of anomalies from 0 to {Enum.GetValues<AnomalyMeasure>().Length - 1}, got {settings.Measure}");
        }
    });

    /// <summary>Checks settings against the model that they came with.</summary>
    /// <exception cref="FormatException">They do not belong together, or would make scoring take all memory.</exception>
    public static void RequireFitting(FlowSettings settings, long dimension, long contextDimension = 0)
    {
        var (width, what) = (dimension + contextDimension, contextDimension == 0 ? "features" : "features, those of contexts included,");
        if (settings.ScoringBatchSize > MaxNumbersInBatch / width)
        {
            throw Corrupt($"at most {MaxNumbersInBatch / width} rows of {width} {what} in a batch, got "
                + $"{settings.ScoringBatchSize}");
        }

        var hasLeading = settings.Columns.LeadingFeatures is not null || settings.Columns.LeadingContributions is not null;
        if (hasLeading && !(settings.LeadingCount >= 1 && settings.LeadingCount <= dimension))
        {
            throw Corrupt($"1 to {dimension} leading features, got {settings.LeadingCount}");
        }

        if (settings.ScoringDepth > MaxDepth)
        {
            throw Corrupt($"a depth of at most {MaxDepth}, got {settings.ScoringDepth}");
        }

        if (settings.Deviations is { } deviations && (deviations.Length != dimension || !Array.TrueForAll(deviations, float.IsFinite)))
        {
            throw Corrupt($"a finite deviation for each of {dimension} features, got {deviations.Length} numbers");
        }
    }

    /// <summary>The error for a file that is damaged or was not written by this library.</summary>
    public static FormatException Corrupt(string expectedAndGot, Exception? cause = null) =>
        new($"The file holds no readable Monge-Ampère flow: expected {expectedAndGot}. Save the model again with "
            + "mlContext.Model.Save.", cause);
}
