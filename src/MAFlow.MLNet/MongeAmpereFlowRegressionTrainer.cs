using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet;

/// <summary>
/// Learns the distribution of a label for each vector of features, p(y | x), with a Monge-Ampère flow whose potential depends on the
/// features.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use
/// [MongeAmpereFlow](xref:Microsoft.ML.MongeAmpereFlowRegressionCatalog.MongeAmpereFlow*).
///
/// ### Input and Output Columns
/// The label must be a <xref:System.Single>, the features a known-size vector of <xref:System.Single>, both without missing values. Each of
/// the columns below can be renamed, or dropped by the name `null`:
///
/// | Output Column Name | Column Type | Description |
/// | -- | -- | -- |
/// | `Score` | <xref:System.Single> | Mean of the label, which `mlContext.Regression.Evaluate` takes. |
/// | `StandardDeviation` | <xref:System.Single> | Standard deviation of the label. |
/// | `Quantiles` | known-size vector of <xref:System.Single> | Quantiles of the label; the slots are named by their levels. |
/// | `LogLikelihood` | <xref:System.Single> | Log-density of the label in nats; NaN where there is no label of Single. |
///
/// ### Trainer Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Regression, with distributions in place of points |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and of large tables a random sample is kept in memory |
/// | Required NuGet in addition to Microsoft.ML | MAFlow.MLNet, and TorchSharp-cpu or another bundle of libtorch, to train |
/// | Exportable to ONNX | No |
///
/// ### Training Algorithm Details
/// A linear regression in closed form comes first. A flow then bends its normal residuals, and its location, scale and shape follow the
/// features; all is trained by maximum likelihood. Some rows, a fifth of a small table and a tenth of a large one, end the training in
/// time. Features may be constant; beyond ten standard deviations they count as no farther.
/// ]]></format>
/// </remarks>
public sealed partial class MongeAmpereFlowRegressionTrainer : IEstimator<MongeAmpereFlowRegressionTransformer>
{
    private const double ShareOfTimeForReading = 0.5;
    private const double MinSecondsForReading = 1;
    private readonly IHost _host;
    private readonly Options _options;

    internal MongeAmpereFlowRegressionTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validated();
        _host = environment.Register(nameof(MongeAmpereFlowRegressionTrainer));
    }

    /// <summary>Trains on labelled rows and returns the transformer that predicts distributions.</summary>
    /// <param name="input">The training data; label and features are read once, from the first row to the last.</param>
    /// <returns>A transformer to dispose when it is no longer needed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    /// <exception cref="ArgumentException">The labels are all the same.</exception>
    /// <exception cref="InvalidOperationException">Fewer than 20 rows, missing values, or no such GPU.</exception>
    /// <exception cref="OperationCanceledException">The CancellationToken of the options or the MLContext was cancelled.</exception>
    public MongeAmpereFlowRegressionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var watch = Stopwatch.StartNew();
        using var channel = _host.Start("Training");
        var device = MlNetInternals.Device(_host, _options.GpuDeviceId, _options.FallbackToCpu);
        var seed = _options.Seed ?? _host.Rand.Next();
        var timeToRead = TimeSpan.FromSeconds(Math.Max(ShareOfTimeForReading * _options.MaxSeconds, MinSecondsForReading));
        var rows = FeatureReader.Sample(input, _options.FeatureColumnName, _options.MaxRows, seed,
            () => MlNetInternals.CheckAlive(_host, _options.CancellationToken), () => watch.Elapsed > timeToRead,
            ConditionalDefaults.MinRows,
            _options.LabelColumnName);
        if (rows.IsCut)
        {
            channel.Warning(MessageSensitivity.None, FormattableString.Invariant(
                $"Reading the data took {watch.Elapsed.TotalSeconds:F1} s of {_options.MaxSeconds:G3} s, so training goes on with the ")
                + "rows read so far. Raise MaxSeconds, or shuffle and cache the data.");
        }

        ConditionalDefaults.RequireRows(rows.Rows, _options.FeatureColumnName, _options.LabelColumnName);
        var left = TimeSpan.FromSeconds(Math.Max(_options.MaxSeconds - watch.Elapsed.TotalSeconds, 0.1));
        var (training, validation) = rows.SetAside(ConditionalDefaults.ValidationRows(rows.Rows), seed);
        var (modelOptions, trainerOptions) = _options.For(training.Rows);
        var features = rows.Dimension - 1;
        var fit = new ConditionalFit(_host, channel, new(features, 1, 0, features), $"Label column '{_options.LabelColumnName}'")
        {
            Progress = _options.Progress, CancellationToken = _options.CancellationToken,
        };
        var (model, report) = fit.Run(training, validation, modelOptions, trainerOptions with { TimeLimit = left }, device, seed);
        channel.Info(MessageSensitivity.None, FormattableString.Invariant($"Fitted in {watch.Elapsed.TotalSeconds:F1} s: ")
            + $"{report.StopReason} after {report.History.Count} epochs at depth {report.Depth}.");
        return new(_host, new(new ConditionalTensorModel(model, device)), _options.Settings(), report);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        LabelInput.Check(inputSchema, _options.LabelColumnName);
        return RegressionMap.OutputShape(inputSchema, _options.Settings());
    }
}
