using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet;

/// <summary>
/// Fits the probability density of a column of vectors with a Monge-Ampère flow, and scores rows by it.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use
/// [MongeAmpereFlow](xref:Microsoft.ML.MongeAmpereFlowCatalog.MongeAmpereFlow*).
///
/// ### Input and Output Columns
/// The input column must be a known-size vector of <xref:System.Single>. Put `ReplaceMissingValues` before it where values can be missing.
/// This estimator adds the following columns; the last three can be renamed, or dropped by the name `null`:
///
/// | Output Column Name | Column Type | Description |
/// | -- | -- | -- |
/// | the output column | known-size vector of <xref:System.Single> | Latent code, as long as the input: the row at t = 0. |
/// | `LogLikelihood` | <xref:System.Single> | Log-density of the row in nats, in the units of the input column, with all Jacobians. |
/// | `Score` | <xref:System.Single> | Negative log-likelihood in nats: the higher, the more anomalous. |
/// | `PredictedLabel` | <xref:System.Boolean> | Whether the score exceeds the threshold of the model. |
///
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Known-size vector of <xref:System.Single> |
/// | Output column data type | Known-size vector of <xref:System.Single>, and the scalars above |
/// | Is caching required? | No: the data is read once, into rows x features x 4 bytes, unless `Streaming` is set |
/// | Required NuGet in addition to Microsoft.ML | MAFlow.MLNet, and TorchSharp-cpu or another bundle of libtorch |
/// | Exportable to ONNX | Yes: ridge potentials, without contributions |
///
/// ### Training Algorithm Details
/// A potential φ, a network with one hidden layer, moves points along its gradient, dx/dt = ∇φ(x), and densities with them,
/// d ln p/dt = -∇²φ(x). The flow that carries the data to a standard normal is found by maximum likelihood.
/// See Zhang, E, Wang: [Monge-Ampère Flow for Generative Modeling](https://arxiv.org/abs/1809.10188), 2018.
///
/// What the options leave open follows from the numbers of rows and features, as in the anomaly trainer, and fitting then takes at most
/// 60 seconds. Of two preprocessings, compressed tails and maps of single features to normals, the one is taken behind which a short
/// training makes the validation rows more likely.
///
/// With a context column c, another known-size vector of <xref:System.Single>, the density is p(x | c), and all columns follow from it.
/// Training begins at the linear regression of x on c with normal residuals; constant features of c have no effect, and beyond ten standard
/// deviations they count as no farther. A row whose context is missing gets NaN.
///
/// The threshold is the score that the share [Contamination](xref:MAFlow.MLNet.FlowEstimatorOptions.Contamination)
/// of the validation rows exceeds, or of the training rows where there are fewer than 100 validation rows.
///
/// A few rows, at most one in 200, whose values lie beyond any tail of their column, such as 9999 for a missing value, are set aside first;
/// a warning names them.
/// ]]></format>
/// </remarks>
public sealed partial class MongeAmpereFlowEstimator : IEstimator<MongeAmpereFlowTransformer>
{
    /// <summary>Fewer scores than this say nothing about a quantile of one in a hundred.</summary>
    private const int MinRowsForThreshold = 100;

    private readonly IHost _host;
    private readonly Options _options;
    private readonly FlowColumns _columns;

    internal MongeAmpereFlowEstimator(IHostEnvironment environment, string outputColumnName, string? inputColumnName, Options options)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validated();
        _columns = new FlowColumns(inputColumnName ?? outputColumnName, outputColumnName,
            options.LogLikelihoodColumnName, options.ScoreColumnName, options.PredictedLabelColumnName, Context: options.ContextColumnName);
        _columns.Validate();
        _host = environment.Register(nameof(MongeAmpereFlowEstimator));
    }

    /// <summary>Trains the density and returns the transformer that scores by it.</summary>
    /// <param name="input">The training data; its input column, and the context column, are read once, from the first row to the last, and
    /// with <see cref="FlowEstimatorOptions.Streaming"/> once more for every epoch.</param>
    /// <returns>A transformer to dispose when it is no longer needed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column that is read is missing, or not a known-size vector of
    /// Single.</exception>
    /// <exception cref="ArgumentException">The preprocessing cannot take the data: values outside the declared range, constant
    /// features.</exception>
    /// <exception cref="InvalidOperationException">No rows, fewer than a batch, rows with missing values, or no such GPU.</exception>
    /// <exception cref="OperationCanceledException">The CancellationToken of the options or the MLContext was cancelled.</exception>
    public MongeAmpereFlowTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = _host.Start("Training");
        // First, so that a machine without the GPU is told before it has read gigabytes.
        var device = MlNetInternals.Device(_host, _options.GpuDeviceId, _options.FallbackToCpu);
        var watch = Stopwatch.StartNew();
        var asked = _options.Training ?? new();
        var seed = _options.SeedOr(_host.Rand.Next(), _options.Collective ?? asked.Collective);
        var table = ReadTable(input, asked.ValidationFraction, seed);
        if (_columns.Context is not null)
        {
            return FitGiven(channel, input, table, device, seed, watch.Elapsed);
        }

        var (rows, features) = ((int)Math.Min(table.Stream?.Count ?? table.Training.Rows, int.MaxValue), table.Training.Dimension);
        var (model, training) = _options.For(rows, features);
        RequireFullBatch(table, training.BatchSize);
        var contest = _options.Model is null
            ? _options.Contest(rows, features, training.TimeLimit?.TotalSeconds ?? double.MaxValue) : null;
        // What was left to choose, reading included, takes no longer than is said.
        var left = _options.Training is null ? training with { TimeLimit = Left(training.TimeLimit, watch.Elapsed) } : training;
        return new FlowFit(_host, channel, _columns, _options, model, left, training.TimeLimit, contest).Run(table, device, seed);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return ScoringMap.OutputShape(inputSchema, _columns);
    }

    private static TimeSpan? Left(TimeSpan? limit, TimeSpan spent) =>
        limit is { } all ? TimeSpan.FromSeconds(Math.Max((all - spent).TotalSeconds, 0.1)) : null;

    private FlowTable ReadTable(IDataView input, double validationFraction, int seed)
    {
        var name = InWords(input.Schema);
        var read = Read(input, null, seed);
        var (rows, remark) = Sentinels.SetAside(read, name, out var tails);
        FeatureMatrix? validation;
        if (_options.ValidationData is { } view)
        {
            (validation, var ofValidation) = Sentinels.SetAside(Read(view, input.Schema, seed), name);
            ofValidation = ofValidation is null ? null : $"ValidationData: {ofValidation}";
            remark = remark is null ? ofValidation : ofValidation is null ? remark : $"{remark} {ofValidation}";
        }
        else
        {
            // A stream has to have some.
            var held = _columns.Context is not null && _options.Training is null
                ? ConditionalDefaults.ValidationRows(rows.Rows)
                : Math.Max((int)(validationFraction * rows.Rows), _options.Streaming ? 1 : 0);
            (rows, validation) = rows.SetAside(held, seed);
        }

        long[] leftOut = _options.ValidationData is null ? validation?.Numbers ?? [] : [];
        return new(rows, validation, validation is { Rows: >= MinRowsForThreshold } ? validation : rows)
        {
            Remark = remark,
            Stream = _options.Streaming ? new(input, _columns.Input, read.Dimension, read.Seen, leftOut.ToHashSet(), tails) : null,
        };
    }

    /// <summary>All rows, or a sample of those that are streamed afterwards.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="like">A schema whose columns have the lengths that those of the rows must have; null for any.</param>
    /// <param name="seed">Of the sample.</param>
    private FeatureMatrix Read(IDataView data, DataViewSchema? like, int seed)
    {
        void CheckAlive() => MlNetInternals.CheckAlive(_host, _options.CancellationToken);
        int? Length(string? name) => like is null || name is null ? null : VectorInput.Dimension(VectorInput.Find(like, name));
        if (!_options.Streaming)
        {
            return FeatureReader.Read(
                data, _columns.Input, Length(_columns.Input), CheckAlive, _columns.Context, Length(_columns.Context));
        }

        var features = VectorInput.Dimension(VectorInput.Find(data.Schema, _columns.Input, Length(_columns.Input)));
        return FeatureReader.Sample(data, _columns.Input, TableDefaults.MaxTrainingRows(features), seed, CheckAlive);
    }

    /// <summary>How messages name the numbers of a row, its context behind it.</summary>
    private Func<int, string> InWords(DataViewSchema schema)
    {
        var name = SlotNameAnnotations.InWords(schema, _columns.Input);
        if (_columns.Context is not { } context)
        {
            return name;
        }

        var features = VectorInput.Dimension(VectorInput.Find(schema, _columns.Input));
        var ofContext = SlotNameAnnotations.InWords(schema, context);
        return slot => slot < features ? name(slot) : ofContext(slot - features);
    }

    private void RequireFullBatch(FlowTable table, int batchSize)
    {
        var (training, validation, _) = table;
        var rows = table.Stream?.Count ?? training.Rows;
        if (rows < batchSize)
        {
            throw new InvalidOperationException(
                $"Expected at least one batch of {batchSize} training rows in column '{_columns.Input}', got {rows}"
                + (validation is null || _options.ValidationData is not null
                    ? "" : $" after {validation.Rows} were set aside for validation")
                + $". Lower BatchSize to {rows} or less, or give more rows.");
        }
    }
}
