namespace MAFlow.MLNet.Fitting;

/// <summary>A conditional density for a table nobody has looked at: everything follows from the numbers of rows and coordinates.</summary>
internal static class ConditionalDefaults
{
    /// <summary>With fewer rows nothing can be said of how one column depends on another.</summary>
    public const int MinRows = 20;

    private const int MaxValidationRows = 4_000;
    private const int FewRows = 2_000;
    private const int MinSteps = 2_000;
    private const int MinStepsOfPatience = 300;

    /// <exception cref="InvalidOperationException">There are too few rows in two columns.</exception>
    public static void RequireRows(int rows, string first, string second)
    {
        if (rows < MinRows)
        {
            throw new InvalidOperationException(
                $"Expected at least {MinRows} rows to learn from in columns '{first}' and '{second}', got {rows}.");
        }
    }

    /// <summary>Rows to stop by: a fifth of a small table, a tenth of a large one.</summary>
    public static int ValidationRows(int rows) => Math.Min(
        rows < FewRows ? Math.Min(Math.Max(rows / 5, 4), rows - 1) : rows / 10, MaxValidationRows);

    /// <summary>The options of model and training for so many training rows of so many coordinates.</summary>
    public static (ConditionalDensityModelOptions Model, DensityTrainerOptions Training) Choose(int rows, int dimension)
    {
        var batch = Math.Min(rows, rows < FewRows ? 32 : rows < 20_000 ? 64 : 128);
        var perEpoch = rows / batch;
        var isSmall = rows < FewRows;
        var model = new ConditionalDensityModelOptions();
        // Coordinates that depend on each other need more units than one that is alone.
        var units = isSmall ? 16 : model.HiddenUnits;
        model = model with
        {
            HiddenUnits = Math.Min(units * dimension, Math.Max(units, isSmall ? 64 : 256)),
            ContextUnits = units,
        };
        var training = new DensityTrainerOptions() with
        {
            BatchSize = batch,
            MaxEpochs = Math.Max(30, MinSteps / perEpoch),
            Patience = Math.Max(10, MinStepsOfPatience / perEpoch),
            LearningRate = isSmall ? 5e-3 : 1e-2,
            WeightDecay = isSmall ? 0.1 : 1e-3,
            AverageDecay = isSmall ? 0.98 : 0.99,
            // A steep branch far from its labels would throw the weights about.
            MaxGradientNorm = 5,
            ValidationFraction = 0,
        };
        return (model, training);
    }
}
