namespace MAFlow.MLNet.Persistence;

/// <summary>What a regression's transformer is besides its model: all that has to be saved with it.</summary>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Levels">Levels of the quantiles, ascending, above 0 and below 1.</param>
/// <param name="BatchSize">Rows read together.</param>
internal sealed record RegressionSettings(RegressionColumns Columns, double[] Levels, int BatchSize)
{
    private const int MaxLevels = 10_000;
    private const long MaxNumbersInBatch = 1 << 28;

    /// <summary>Reads settings without trusting them.</summary>
    /// <exception cref="FormatException">They are damaged.</exception>
    public static RegressionSettings Read(BinaryReader reader) => SettingsJson.Read<RegressionSettings>(reader, settings =>
    {
        settings.Columns.Validate();
        RequireLevels(settings.Levels);
        if (settings.BatchSize < 1)
        {
            throw FlowSettingsFormat.Corrupt($"a batch of at least one row, got {settings.BatchSize}");
        }
    });

    /// <exception cref="ArgumentException">The levels are none, unordered, or out of range.</exception>
    public static void RequireLevels(IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Count is 0 or > MaxLevels || levels.Any(level => level is not (> 0 and < 1))
            || levels.Zip(levels.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Expected from 1 to {MaxLevels} quantile levels in ascending order, above 0 and below 1, got ")
                + $"[{string.Join(", ", levels.Take(10).Select(level => FormattableString.Invariant($"{level}")))}].");
        }
    }

    /// <summary>Checks settings against the model that they came with.</summary>
    /// <exception cref="FormatException">They would make scoring take all memory.</exception>
    public void RequireFitting(long dimension, long contextDimension)
    {
        if (dimension != 1)
        {
            throw FlowSettingsFormat.Corrupt($"a density of one label, got one of {dimension} coordinates");
        }

        if (BatchSize > MaxNumbersInBatch / (contextDimension + Levels.Length))
        {
            throw FlowSettingsFormat.Corrupt($"batches that memory can hold, got {BatchSize} rows");
        }
    }
}
