using System.Collections.ObjectModel;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Trains a density on data: minimises an objective, the mean of -ln p(x) unless told otherwise, by Adam and through the whole
/// integration.</summary>
/// <remarks>
/// Zhang, E, Wang (2018), equation 6. The same seed, data and options give identical weights, also when training is interrupted and
/// resumed, unless a time limit ends it.
/// At each epoch's end the depth is doubled until the likelihood stands still, before it is stated; the model ends at the depth that its
/// last check accepted.
/// </remarks>
public sealed class DensityTrainer
{
    /// <summary>Creates a trainer.</summary>
    /// <param name="options">Options; defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public DensityTrainer(DensityTrainerOptions? options = null)
    {
        Options = (options ?? new()) with { };
        Options.Validate();
    }

    /// <summary>Options of every training by this trainer.</summary>
    internal DensityTrainerOptions Options { get; }

    /// <summary>Trains a model in place; it ends with the averaged weights of its best epoch.</summary>
    /// <param name="model">Model to train; its preprocessing stays as it is.</param>
    /// <param name="training">Rows [rows, N] in original units; at least one batch of them.</param>
    /// <param name="validation">Rows for early stopping; when null, <see cref="DensityTrainerOptions.ValidationFraction"/> of the training
    /// rows is held out.</param>
    /// <param name="monitored">Further row sets by name, scored like the validation rows at each epoch's end and reported in
    /// <see cref="TrainingRecord.MonitoredNll"/>; they decide nothing.</param>
    /// <param name="progress">Told a few times per second and at each epoch's end, on the calling thread.</param>
    /// <param name="cancellationToken">Stops training within one step.</param>
    /// <exception cref="ArgumentException">The data has the wrong shape, fewer rows than a batch, or values out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; the model holds its last good weights, and a checkpoint
    /// was written if there is a path.</exception>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    public TrainingReport Fit(
        DensityModel model,
        Tensor training,
        Tensor? validation = null,
        IReadOnlyDictionary<string, Tensor>? monitored = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var recording = TrainingLoop.LeaveInferenceMode();
        TensorChecks.RequirePoints(training, model.Dimension);
        TensorChecks.RequireFinite(training, "the training rows");
        using var scope = NewDisposeScope();
        var (given, isHeldOut) = (training.shape[0], validation is null);
        if (validation is null)
        {
            (training, validation) = HoldOut(training);
        }
        else
        {
            TensorChecks.RequirePoints(validation, model.Dimension);
            TensorChecks.RequireFinite(validation, "the validation rows");
        }

        monitored ??= ReadOnlyDictionary<string, Tensor>.Empty;
        foreach (var (name, rows) in monitored)
        {
            TensorChecks.RequirePoints(rows, model.Dimension, $"{nameof(monitored)}[\"{name}\"]");
            TensorChecks.RequireFinite(rows, $"the monitored rows '{name}'");
        }

        if (training.shape[0] < Options.BatchSize)
        {
            var held = isHeldOut && training.shape[0] < given ? " after holding out validation rows" : "";
            throw new ArgumentException(
                $"Expected at least one batch of {Options.BatchSize} training rows, got {training.shape[0]}{held}; lower BatchSize "
                + $"or bring more rows.", nameof(training));
        }

        var sets = monitored.ToDictionary(rows => rows.Key, rows => new RowSet(rows.Value));
        var task = new DensityTask(DensitySubject.Of(model), new(training), validation is null ? null : new(validation), sets, Options);
        using var loop = new TrainingLoop(task, Options, progress, cancellationToken);
        return loop.ToEnd();
    }

    /// <summary>Splits off validation rows, always the same ones for a seed: a resumed training must not validate on what it was trained
    /// on.</summary>
    private (Tensor Training, Tensor? Validation) HoldOut(Tensor rows)
    {
        var held = (long)Math.Round(rows.shape[0] * Options.ValidationFraction);
        if (held == 0)
        {
            return (rows, null);
        }

        using var generator = new Generator(Options.Seed ^ 0x76616C6964UL);
        var order = randperm(rows.shape[0], dtype: int64, generator: generator);
        return (rows.index_select(0, order.narrow(0, held, rows.shape[0] - held)), rows.index_select(0, order.narrow(0, 0, held)));
    }
}
