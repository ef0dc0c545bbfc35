using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="MongeAmpereFlowRegressionTrainer"/>: the distribution of a label for each
/// vector of features.
/// </summary>
/// <remarks>
/// Views are lazy, and evaluate a batch of rows at a time. A row with a feature that is missing or infinite gets NaN in all columns; a row
/// without a label has the log-likelihood NaN. Several threads may use a transformer at once. Disposing it frees the weights once no
/// evaluation is under way; views made from it cannot be read afterwards. A transformer that was loaded scores and draws without libtorch;
/// <see cref="Model"/> and <see cref="Evaluate"/> need it, as do GPUs.
/// A PredictionEngine disposes the transformer it was made from, unless its options say OwnsTransformer = false.
/// </remarks>
public sealed class MongeAmpereFlowRegressionTransformer : ITransformer, IDisposable
{
    private readonly IHost _host;
    private readonly ModelLease _lease;
    private readonly RegressionSettings _settings;
    private readonly Lock _randomLock = new();

    internal MongeAmpereFlowRegressionTransformer(
        IHost host, ModelLease lease, RegressionSettings settings, TrainingReport? report) =>
        (_host, _lease, _settings, Report) = (host, lease, settings, report);

    /// <summary>The density itself; it belongs to the transformer.</summary>
    /// <exception cref="ObjectDisposedException">The transformer has been disposed.</exception>
    /// <exception cref="TorchRuntimeException">The transformer was loaded in a program without libtorch.</exception>
    public ConditionalDensityModel Model => _lease.Model.Conditional;

    /// <summary>How the training went; <see langword="null"/> in a transformer that was loaded from a file.</summary>
    public TrainingReport? Report { get; }

    /// <summary>Levels of the quantiles.</summary>
    public IReadOnlyList<double> QuantileLevels => _settings.Levels;

    /// <inheritdoc/>
    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new MappedSchema(inputSchema, Map()).Output;
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BatchedView(input, Map());
    }

    /// <inheritdoc/>
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _lease.ServesRowMappers = true;
        return new SingleRowMapper(inputSchema, Map());
    }

    /// <summary>Draws a label for each row of features.</summary>
    /// <param name="input">A view with the feature column.</param>
    /// <param name="outputColumnName">Name of the column of drawn labels.</param>
    /// <param name="seed">Draws with the same seed are equal; <see langword="null"/> takes one from the <see cref="MLContext"/>.</param>
    /// <returns>The same view with the column added: a <see cref="float"/>, NaN where a feature is missing. It is lazy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing, or of another type or size.</exception>
    public IDataView Sample(IDataView input, string outputColumnName = "Sample", int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        return new BatchedView(input, SamplingMap.OfLabels(_host, _lease, _settings, outputColumnName, seed ?? NextSeed()));
    }

    /// <summary>Judges the predicted distributions by labels that were not trained on.</summary>
    /// <param name="data">A view with features and labels.</param>
    /// <returns>Log-likelihood, continuous ranked probability score, coverage of intervals, and the histogram that shows what is wrong
    /// with a distribution.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    /// <exception cref="InvalidOperationException">No rows, or missing values.</exception>
    public PredictiveMetrics Evaluate(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var rows = FeatureReader.Sample(data, _settings.Columns.Features, int.MaxValue, seed: 0,
            () => MlNetInternals.CheckAlive(_host), label: _settings.Columns.Label);
        using var inUse = _lease.Share();
        return PredictiveScores.Of(inUse.Model.Conditional, rows, _settings.BatchSize, () => MlNetInternals.CheckAlive(_host));
    }

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        using var inUse = _lease.Share();
        RegressionModelFile.Save(ctx, _settings, inUse.Save);
    }

    /// <summary>Frees the weights of the model.</summary>
    public void Dispose() => _lease.Dispose();

    internal static MongeAmpereFlowRegressionTransformer Load(IHostEnvironment environment, RegressionSettings settings, Stream model)
    {
        var host = environment.Register(nameof(MongeAmpereFlowRegressionTransformer));
        var lease = ModelLease.Read(host, model, isConditional: true);
        try
        {
            settings.RequireFitting(lease.Dimension, lease.ContextDimension);
            return new(host, lease, settings, report: null);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private RegressionMap Map() => new(_host, _lease, _settings);

    private int NextSeed()
    {
        lock (_randomLock)
        {
            return _host.Rand.Next();
        }
    }
}
