namespace MAFlow.MLNet.Fitting;

/// <summary>The default options of a flow for a table: everything follows from the number of rows and of features.</summary>
internal static class TableDefaults
{
    /// <summary>What fitting may take where nothing else is asked for.</summary>
    public const double SecondsForAll = 60;

    private const int MaxHeldOutRows = 10_000;
    private const long MaxNumbersInMemory = 20_000_000;
    private const long MinNumbersInMemory = 2_000_000;
    private const int MaxRows = 200_000;
    private const int MinRowsOfWideTables = 200;
    private const int RowsOfWideTables = 1_000;
    private const int MinHeldOutRowsToDivide = 100;
    private const int MinBatch = 128;
    private const int MinBatchOfFewRows = 256;
    private const int FewRows = 2_000;
    private const int ManyRows = 20_000;
    private const int MaxBatch = 1_024;
    private const int BatchOfFewRowsToRank = 32;
    private const double FeaturesForOneRow = 64;
    private const double FeaturesForHighestRate = 10;
    private const double HighestRate = 1e-2;
    private const int MinEpochs = 200;
    private const int MinSteps = 3_000;
    private const int MinEpochsToRank = 2;
    private const int MinStepsToRank = 300;
    private const int MaxEpochsOfFewRowsToRank = 30;
    private const int MinStepsOfPatience = 400;
    private const int MinRowsForParts = 200;
    private const int MinRowsForWidth = 1_000;
    private const double MinTailExponent = 0.5;

    /// <summary>Rows to train on; of more rows a random sample is kept, so that memory does not grow with the table, nor the time for
    /// preprocessing beyond what is allowed.</summary>
    /// <param name="features">Number of features.</param>
    /// <param name="shareOfTime">Of what is allowed where nothing else is asked for, the share that is allowed.</param>
    public static int MaxTrainingRows(int features, double shareOfTime = 1)
    {
        var share = Math.Min(1, shareOfTime);
        var numbers = Math.Max(MinNumbersInMemory, MaxNumbersInMemory * share);
        return (int)Math.Clamp(numbers / features, Math.Max(MinRowsOfWideTables, RowsOfWideTables * share), MaxRows);
    }

    /// <summary>Rows to stop by, and to take threshold and p-values from: a larger share where there are few.</summary>
    public static int HeldOutRows(int rows) =>
        Math.Min(rows < 2_000 ? Math.Max(rows / 6, Math.Min(rows / 4, 15)) : Math.Max(333, rows / 10), MaxHeldOutRows);

    /// <summary>How many of the held-out rows end the training; p-values are exact if they come from the others alone.</summary>
    /// <remarks>Fewer than 100 serve both purposes: parts of them would be too few for either, and training ends too early to fit itself
    /// to them.</remarks>
    public static int StoppingRows(int heldOutRows) => heldOutRows < MinHeldOutRowsToDivide ? heldOutRows : heldOutRows / 3;

    /// <summary>The options of model and training for so many training rows; what is not set here is the default of either.</summary>
    /// <param name="trainingRows">Number of rows to learn from.</param>
    /// <param name="features">Number of features.</param>
    /// <param name="isSmooth">Whether the density is to be smooth rather than likely, which is what ranks anomalies best.</param>
    public static (DensityModelOptions Model, DensityTrainerOptions Training) Choose(
        int trainingRows, int features, bool isSmooth = false)
    {
        var batch = Math.Min(trainingRows, isSmooth ? BatchToRank(trainingRows) : Batch(trainingRows, features));
        // An epoch of a small table is only a few steps.
        var stepsPerEpoch = trainingRows / batch;
        // What ranks rows is as good with fewer units, and four times as fast.
        var isWide = !isSmooth && trainingRows >= MinRowsForWidth;
        var parts = trainingRows < MinRowsForParts ? 1 : isWide ? 8 : 4;
        var mostUnits = trainingRows < MinRowsForWidth ? 128 : 384;
        var defaults = new DensityTrainerOptions();
        var model = new DensityModelOptions
        {
            Bijections = Preprocessings(trainingRows, isSmooth)[0],
            HiddenUnits = Math.Clamp(4 * features, isWide ? 128 : 64, mostUnits),
            Parts = parts,
            Flow = new() { Horizon = 2, Depth = Math.Clamp(2 * parts, 4, 8) },
        };
        var training = defaults with
        {
            BatchSize = batch,
            // Ranks are as good after a few seconds as after a minute.
            MaxEpochs = isSmooth
                ? Math.Clamp(MinStepsToRank / stepsPerEpoch, MinEpochsToRank, MaxEpochsOfFewRowsToRank)
                : Math.Max(MinEpochs, MinSteps / stepsPerEpoch),
            Patience = Math.Max(defaults.Patience!.Value, MinStepsOfPatience / stepsPerEpoch),
            LearningRate = isSmooth ? HighestRate : HighestRate * Math.Sqrt(Math.Min(1, features / FeaturesForHighestRate)),
            WeightDecay = trainingRows < FewRows ? 0.2 : 0.01,
            AverageDecay = trainingRows < FewRows ? 0.98 : defaults.AverageDecay,
        };
        return (model, training);
    }

    /// <summary>Preprocessings to choose from: what is in <see cref="Choose"/>, and maps of single features to normals.</summary>
    /// <param name="trainingRows">Number of rows to learn from.</param>
    /// <param name="isSmooth">Whether every feature gets as much noise as one with peaks.</param>
    public static IReadOnlyList<IReadOnlyList<BijectionFit>> Preprocessings(int trainingRows, bool isSmooth = false)
    {
        var smoothing = new Smoothing(SmoothingShare(trainingRows), isSmooth ? null : SmoothingShareWithoutPeaks(trainingRows));
        var gaussian = new AffineGaussianization(shrinkage: null);
        return
        [
            [smoothing, new TailCompression(MinTailExponent), gaussian],
            [smoothing, new MarginalGaussianization(), gaussian],
        ];
    }

    /// <summary>In few dimensions gradients of few rows, and long steps, make a flow stiff.</summary>
    private static int Batch(int rows, int features) => (int)Math.Clamp(
        Math.Pow(2, Math.Round(2 * Math.Log2(FeaturesForOneRow / features))), rows < FewRows ? MinBatchOfFewRows : MinBatch, MaxBatch);

    private static int BatchToRank(int rows) => rows < FewRows ? BatchOfFewRowsToRank : rows < ManyRows ? MinBatch : 2 * MinBatch;

    /// <summary>Less smoothing the more rows there are to tell structure from accident.</summary>
    private static double SmoothingShare(int rows) => Math.Clamp(0.04 * Math.Pow(1_000.0 / rows, 1.0 / 6), 0.02, 0.1);

    private static double SmoothingShareWithoutPeaks(int rows) => Math.Clamp(0.01 * Math.Cbrt(1_000.0 / rows), 0.002, 0.03);
}
