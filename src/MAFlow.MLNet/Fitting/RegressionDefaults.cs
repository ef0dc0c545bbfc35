namespace MAFlow.MLNet.Fitting;

/// <summary>A regression for a table nobody has looked at: everything follows from the number of rows.</summary>
internal static class RegressionDefaults
{
    private const int MaxValidationRows = 4_000;
    private const int FewRows = 2_000;
    private const int MinSteps = 2_000;
    private const int MinStepsOfPatience = 300;

    /// <summary>Rows to stop by: a fifth of a small table, a tenth of a large one.</summary>
    public static int ValidationRows(int rows) => Math.Min(rows < FewRows ? Math.Max(rows / 5, 4) : rows / 10, MaxValidationRows);

    /// <summary>The options of model and training for so many training rows.</summary>
    public static (ConditionalDensityModelOptions Model, DensityTrainerOptions Training) Choose(
        int rows, MongeAmpereFlowRegressionTrainer.Options options)
    {
        var batch = Math.Min(rows, rows < FewRows ? 32 : rows < 20_000 ? 64 : 128);
        var perEpoch = rows / batch;
        var isSmall = rows < FewRows;
        var model = new ConditionalDensityModelOptions();
        model = model with
        {
            HiddenUnits = options.HiddenUnits ?? (isSmall ? 16 : model.HiddenUnits),
            ContextUnits = options.ContextUnits ?? (isSmall ? 16 : model.ContextUnits),
        };
        var training = new DensityTrainerOptions();
        training = training with
        {
            BatchSize = batch,
            MaxEpochs = options.MaxEpochs ?? Math.Max(30, MinSteps / perEpoch),
            Patience = Math.Max(10, MinStepsOfPatience / perEpoch),
            MaxSteps = options.MaxSteps,
            LearningRate = options.LearningRate ?? (isSmall ? 5e-3 : 1e-2),
            WeightDecay = isSmall ? 0.1 : 1e-3,
            AverageDecay = isSmall ? 0.98 : 0.99,
            // A steep branch far from its labels would throw the weights about.
            MaxGradientNorm = 5,
            ValidationFraction = 0,
        };
        return (model, training);
    }
}
