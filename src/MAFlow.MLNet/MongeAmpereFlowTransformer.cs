using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="MongeAmpereFlowEstimator"/>: the density of the training data, with
/// which it scores rows.
/// </summary>
/// <remarks>
/// Views are lazy, and evaluate a batch of rows at a time. A row with a missing value (NaN) gets NaN in all numbers and false for a label.
/// A row that is infinitely far, or that has a value which no data can have (pixel 256), has the log-likelihood -∞, the score ∞, and is an
/// anomaly; finite rows always have a score.
/// Several threads may use a transformer at once. Disposing it frees the weights of the model as soon as no other transformer shares them
/// (see <see cref="WithThreshold"/>) and no evaluation is under way; views made from it cannot be read afterwards.
/// A transformer that was loaded scores and decodes without libtorch where MAFlow.Scoring knows its parts; <see cref="Model"/> and
/// drawing rows without a context need it, as do other families and GPUs.
/// A PredictionEngine disposes the transformer it was made from, unless its options say OwnsTransformer = false.
/// </remarks>
public sealed partial class MongeAmpereFlowTransformer : ITransformer, IDisposable
{
    private readonly IHost _host;
    private readonly ModelLease _lease;
    private readonly FlowSettings _settings;
    private readonly LabelRemark _labelRemark;
    private readonly Lock _randomLock = new();

    internal MongeAmpereFlowTransformer(IHost host, ModelLease lease, FlowSettings settings, TrainingReport? report)
        : this(host, lease, settings, report, new LabelRemark())
    {
    }

    private MongeAmpereFlowTransformer(
        IHost host, ModelLease lease, FlowSettings settings, TrainingReport? report, LabelRemark labelRemark)
    {
        (_host, _lease, _settings, _labelRemark) = (host, lease, settings, labelRemark);
        Report = report;
    }

    /// <summary>The density itself, for what an <see cref="IDataView"/> does not show: trajectories, other depths. It belongs to the
    /// transformer.</summary>
    /// <exception cref="InvalidOperationException">The density depends on a context column: see <see cref="ConditionalModel"/>.</exception>
    /// <exception cref="ObjectDisposedException">The transformer has been disposed.</exception>
    /// <exception cref="TorchRuntimeException">The transformer was loaded in a program without libtorch.</exception>
    public DensityModel Model => _lease.Model.Plain;

    /// <summary>The density where it depends on a context column, for what an <see cref="IDataView"/> does not show. It belongs to the
    /// transformer.</summary>
    /// <exception cref="InvalidOperationException">There is no context column: see <see cref="Model"/>.</exception>
    /// <exception cref="ObjectDisposedException">The transformer has been disposed.</exception>
    /// <exception cref="TorchRuntimeException">The transformer was loaded in a program without libtorch.</exception>
    public ConditionalDensityModel ConditionalModel => _lease.Model.Conditional;

    /// <summary>Name of the column on which the density depends; <see langword="null"/> where there is none.</summary>
    public string? ContextColumnName => _settings.Columns.Context;

    /// <summary>How the training went; <see langword="null"/> in a transformer that was loaded from a file.</summary>
    public TrainingReport? Report { get; }

    /// <summary>Rows whose score is higher are predicted to be anomalies.</summary>
    public float Threshold => _settings.Threshold;

    /// <inheritdoc/>
    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>A transformer of the same model that calls rows with a score above <paramref name="threshold"/> anomalies.</summary>
    /// <param name="threshold">In the unit of the scores.</param>
    /// <returns>A second transformer, to be disposed on its own. The weights are shared.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is NaN.</exception>
    public MongeAmpereFlowTransformer WithThreshold(float threshold)
    {
        if (float.IsNaN(threshold))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "Expected a score, got NaN.");
        }

        return new(_host, _lease.Share(), _settings with { Threshold = threshold }, Report, _labelRemark);
    }

    /// <summary>A transformer of the same model whose threshold is set on ordinary rows it was not trained on.</summary>
    /// <param name="contamination">The share of such rows to be called anomalies, from 0 to 0.5; of n rows, at least about 1/(n + 1) of
    /// other ordinary rows will be, and a warning in the log says so where that is more.</param>
    /// <param name="heldOut">Ordinary rows, with the input column. The more there are, the finer the shares that can be told apart.</param>
    /// <returns>A second transformer, to be disposed on its own. The weights are shared.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range, or the input column is missing or of another
    /// type.</exception>
    /// <exception cref="InvalidOperationException">There are no rows with a score.</exception>
    public MongeAmpereFlowTransformer WithContamination(double contamination, IDataView heldOut)
    {
        ArgumentNullException.ThrowIfNull(heldOut);
        AnomalyThreshold.RequireContamination(contamination);
        return WithQuantile(Scores.Of(heldOut, new ScoringMap(_host, _lease, _settings)), contamination);
    }

    /// <summary>A transformer of the same model with another share of ordinary rows to be called anomalies.</summary>
    /// <param name="contamination">The share, from 0 to 0.5: a quantile of the held-out scores that are saved with the model. Of n scores,
    /// the smallest share is about 1/(n + 1), and a warning in the log says so where that is more.</param>
    /// <returns>A second transformer, to be disposed on its own. The weights are shared.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without p-values, and so without saved scores.</exception>
    public MongeAmpereFlowTransformer WithContamination(double contamination)
    {
        AnomalyThreshold.RequireContamination(contamination);
        return WithQuantile(_settings.HeldOut ?? throw new InvalidOperationException(
            "This model holds no held-out scores. Give WithContamination rows to take the threshold from, or train with "
            + "AnomalyDetection.Trainers.MongeAmpereFlow."),
            contamination);
    }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new MappedSchema(inputSchema, new ScoringMap(_host, _lease, _settings)).Output;
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var view = new BatchedView(input, new ScoringMap(_host, _lease, _settings));
        if (_settings.Columns.PValue is not null)
        {
            _labelRemark.Tell(_host, input.Schema);
        }

        return view;
    }

    /// <inheritdoc/>
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _lease.ServesRowMappers = true;
        return new SingleRowMapper(inputSchema, new ScoringMap(_host, _lease, _settings));
    }

    /// <summary>Draws rows from a density without a context.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Draws with the same seed are equal; <see langword="null"/> takes one from the <see cref="MLContext"/>.</param>
    /// <returns>A view in memory with one column, named as the input column and in its units.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive, or too large for one array.</exception>
    /// <exception cref="InvalidOperationException">The density depends on a context column.</exception>
    /// <exception cref="TorchRuntimeException">The transformer was loaded in a program without libtorch.</exception>
    public IDataView Sample(int count, int? seed = null)
    {
        using var inUse = _lease.Share();
        if (_settings.Columns.Context is { } context)
        {
            throw new InvalidOperationException($"This density depends on the context column '{context}': give Sample a view with that "
                + "column in place of a number, and it draws a row for each.");
        }

        return new FeatureMatrixView(FlowSampler.Draw(inUse.Model.Plain, count, seed ?? NextSeed(), _settings), _settings.Columns.Input);
    }

    /// <summary>Draws a row for each context, from a density that depends on one.</summary>
    /// <param name="contexts">A view with the context column.</param>
    /// <param name="outputColumnName">Name of the column of drawn rows; <see langword="null"/> for that of the input column.</param>
    /// <param name="seed">Draws with the same seed are equal; <see langword="null"/> takes one from the <see cref="MLContext"/>.</param>
    /// <returns>The same view with the column added: vectors in original units, NaN where a context is missing. It is lazy, as
    /// <see cref="Transform"/> is.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The context column is missing, or of another type or size.</exception>
    /// <exception cref="InvalidOperationException">The density depends on no context.</exception>
    public IDataView Sample(IDataView contexts, string? outputColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        if (_settings.Columns.Context is not { } context)
        {
            throw new InvalidOperationException("This density depends on no context: give Sample the number of rows to draw.");
        }

        var name = outputColumnName ?? _settings.Columns.Input;
        ColumnNames.RequireDifferent([context, name]);
        _ = VectorInput.Find(contexts.Schema, context, _lease.ContextDimension, VectorInput.ContextRole);
        return new BatchedView(contexts, SamplingMap.OfRows(_host, _lease, _settings, name, seed ?? NextSeed()));
    }

    /// <summary>Turns latent codes back into data: the inverse of what <see cref="Transform"/> does.</summary>
    /// <param name="latentCodes">A view with the output column of this transformer, and the context column where there is one.</param>
    /// <returns>The same view with the input column of this transformer added, in original units. It is lazy, as <see cref="Transform"/>
    /// is.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or of another type or size.</exception>
    public IDataView Decode(IDataView latentCodes)
    {
        ArgumentNullException.ThrowIfNull(latentCodes);
        return new BatchedView(latentCodes, new DecodingMap(_host, _lease, _settings));
    }

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        using var inUse = _lease.Share();
        FlowModelFile.Save(ctx, _settings, inUse.Save);
    }

    /// <summary>Frees the weights of the model, unless another transformer shares them.</summary>
    public void Dispose() => _lease.Dispose();

    internal static MongeAmpereFlowTransformer Load(
        IHostEnvironment environment, FlowSettings settings, Func<int, RankingMeasure> readMeasure, Stream model)
    {
        var host = environment.Register(nameof(MongeAmpereFlowTransformer));
        var lease = ModelLease.Read(host, model, isConditional: settings.Columns.Context is not null);
        try
        {
            FlowSettingsFormat.RequireFitting(settings, lease.Dimension, lease.ContextDimension);
            if (settings.Measure != AnomalyMeasure.Density)
            {
                settings = settings with { Ranking = readMeasure(lease.Dimension) };
            }

            return new(host, lease, settings, report: null);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private MongeAmpereFlowTransformer WithQuantile(IReadOnlyCollection<float> scores, double contamination)
    {
        var threshold = AnomalyThreshold.Quantile(scores, contamination);
        if (ContaminationRemark.Of(scores, contamination) is { } remark)
        {
            using var channel = _host.Start("Threshold");
            channel.Warning(MessageSensitivity.None, remark);
        }

        return WithThreshold(threshold);
    }

    private int NextSeed()
    {
        lock (_randomLock)
        {
            return _host.Rand.Next();
        }
    }
}
