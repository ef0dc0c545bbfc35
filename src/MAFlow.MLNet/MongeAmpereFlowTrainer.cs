using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet;

/// <summary>
/// Learns what ordinary rows look like with a Monge-Ampère flow, and scores rows by their density and their distance to training rows.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use
/// [MongeAmpereFlow](xref:Microsoft.ML.MongeAmpereFlowAnomalyCatalog.MongeAmpereFlow*).
///
/// ### Input and Output Columns
/// The input column must be a known-size vector of <xref:System.Single> without missing values: put `ReplaceMissingValues` before it, and
/// one-hot encoding where there are categories. No label is read: train on ordinary rows, or on rows of which few are anomalies.
///
/// | Output Column Name | Column Type | Description |
/// | -- | -- | -- |
/// | `Score` | <xref:System.Single> | What `Measure` of the options says: the higher, the more anomalous. |
/// | `PredictedLabel` | <xref:System.Boolean> | Whether the score exceeds the threshold of the model. |
/// | `LogLikelihood` | <xref:System.Single> | ln p in nats, in the units of the input column, whatever the measure. |
/// | `PValue` | <xref:System.Single> | Share of held-out ordinary rows that score at least as high, this row counted with them. |
/// | `Contributions`, if asked for | known-size vector of <xref:System.Single> | Change of -ln p per deviation of each feature. |
/// | `LeadingFeatures`, `LeadingContributions`, if asked for | vectors of text and <xref:System.Single> | The largest of them by name. |
///
/// Deviations are standard deviations, and the slots of `Contributions` are named as those of the input.
///
/// `mlContext.AnomalyDetection.Evaluate` takes these columns. Its label has to be a <xref:System.Single>, above 0 for anomalies, or a key
/// of two values; convert a Boolean label with
/// `mlContext.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single)`.
///
/// ### Trainer Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Anomaly detection |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and of large tables a random sample is kept in memory; `Streaming` reads more |
/// | Required NuGet in addition to Microsoft.ML | MAFlow.MLNet, and TorchSharp-cpu or another bundle of libtorch |
/// | Exportable to ONNX | Yes: ridge potentials, without contributions |
///
/// ### Training Algorithm Details
/// Features may be counts, categories, constant, duplicated or heavy-tailed: training adds a little noise to each, tails are compressed,
/// correlations
/// are shrunk as the number of rows demands, and the flow bends the Gaussian that remains. Some rows, a sixth of a small table and a
/// tenth of a large one,
/// are held out. A third of them ends the training in time, the others set threshold and p-values; fewer than 100 do both.
/// Neighbours are sought among at most 4,096 of the training rows, which are saved with the model.
/// A few rows, at most one in 200, whose values lie beyond any tail of their column, such as 9999 for a missing value, are set aside first;
/// a warning names them.
/// ]]></format>
/// </remarks>
public sealed partial class MongeAmpereFlowTrainer : IEstimator<MongeAmpereFlowTransformer>
{
    private const int MinRows = 10;

    // The rest is for the last validation and for the scores of the held-out rows.
    private const double ShareOfTimeForTraining = 0.9;
    private const double ShareOfTimeForReading = 0.5;
    private const double MinSecondsForReading = 1;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly FlowColumns _columns;

    internal MongeAmpereFlowTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validated();
        _columns = options.Columns();
        _columns.Validate();
        _host = environment.Register(nameof(MongeAmpereFlowTrainer));
    }

    /// <summary>Trains on ordinary rows and returns the transformer that scores rows.</summary>
    /// <param name="input">The training data; its feature column is read once, from the first row to the last, and
    /// with <see cref="FlowEstimatorOptions.Streaming"/> once more for every epoch.</param>
    /// <returns>A transformer to dispose when it is no longer needed; its report says how long training took and why it ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing, or not a known-size vector of Single.</exception>
    /// <exception cref="InvalidOperationException">Fewer than 10 rows, rows with missing values, more features
    /// than memory can take, or no such GPU.</exception>
    /// <exception cref="OperationCanceledException">The CancellationToken of the options or the MLContext was cancelled.</exception>
    public MongeAmpereFlowTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var watch = Stopwatch.StartNew();
        using var channel = _host.Start("Training");
        var device = MlNetInternals.Device(_host, _options.GpuDeviceId, _options.FallbackToCpu);
        var collective = _options.Collective ?? Solo.Instance;
        var seed = _options.SeedOr(_host.Rand.Next(), collective);
        var features = VectorInput.Dimension(VectorInput.Find(input.Schema, _columns.Input));
        var most = _options.MaxRows ?? TableDefaults.MaxTrainingRows(features, _options.MaxSeconds / Options.DefaultMaxSeconds);
        TableMemory.Require(_columns.Input, Math.Min(input.GetRowCount() ?? MinRows, most), features);
        var timeToRead = TimeSpan.FromSeconds(Math.Max(ShareOfTimeForReading * _options.MaxSeconds, MinSecondsForReading));
        // Processes that stopped reading each by its own clock would learn from different rows.
        var rows = FeatureReader.Sample(input, _columns.Input, most, seed,
            () => MlNetInternals.CheckAlive(_host, _options.CancellationToken), () => collective.Size == 1 && watch.Elapsed > timeToRead,
            MinRows);
        if (rows.IsCut)
        {
            channel.Warning(MessageSensitivity.None, FormattableString.Invariant(
                $"Reading column '{_columns.Input}' took {watch.Elapsed.TotalSeconds:F1} s of {_options.MaxSeconds:G3} s, so training ")
                + "goes on with the rows read so far. Raise MaxSeconds, or shuffle and cache the data.");
        }

        if (rows.Rows < MinRows)
        {
            throw new InvalidOperationException(
                $"Expected at least {MinRows} rows to learn from in column '{_columns.Input}', got {rows.Rows}.");
        }

        (rows, var remark) = Sentinels.SetAside(rows, SlotNameAnnotations.InWords(input.Schema, _columns.Input), out var tails);
        var (training, heldOut) = rows.SetAside(TableDefaults.HeldOutRows(rows.Rows), seed);
        var stream = _options.Streaming
            ? new FeatureStream(input, _columns.Input, features, rows.Seen, heldOut!.Numbers!.ToHashSet(), tails) : null;
        var (stopping, calibration) = heldOut!.SetAside(heldOut.Rows - TableDefaults.StoppingRows(heldOut.Rows), seed);
        var left = TimeSpan.FromSeconds(Math.Max((ShareOfTimeForTraining * _options.MaxSeconds) - watch.Elapsed.TotalSeconds, 0.1));
        var count = (int)Math.Min(stream?.Count ?? training.Rows, int.MaxValue);
        var (flow, trainer) = TableDefaults.Choose(count, features, _options.PrefersSmoothDensity);
        var contest = _options.Contest(count, features, _options.MaxSeconds);
        var objective = _options.TrainingContamination > 0
            ? Objective.TrimmedLikelihood(_options.TrainingContamination) : Objective.MaximumLikelihood;
        (flow, trainer) = _options.Over(flow, trainer with { TimeLimit = left, Objective = objective });
        var transformer = new FlowFit(_host, channel, _columns, _options, flow, trainer, TimeSpan.FromSeconds(_options.MaxSeconds), contest)
            .Run(new(training, stopping, calibration ?? stopping) { Remark = remark, Stream = stream }, device, seed);
        channel.Info(MessageSensitivity.None,
            FormattableString.Invariant($"Fitted in {watch.Elapsed.TotalSeconds:F1} s: ")
            + $"{transformer.Report?.StopReason} after {transformer.Report?.History.Count} epochs.");
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return ScoringMap.OutputShape(inputSchema, _columns);
    }
}
