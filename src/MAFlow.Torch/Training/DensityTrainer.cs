using System.Collections.ObjectModel;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Trains a density on data: minimises an objective, the mean of -ln p(x) unless told otherwise, by Adam and through the whole
/// integration.</summary>
/// <remarks>
/// Zhang, E, Wang (2018), equation 6. The same seed, data and options give identical weights, also when training is interrupted and
/// resumed, unless time runs short. At each epoch's end the depth is doubled until the likelihood no longer changes; the likelihood of that
/// depth is reported. The model ends at the depth that its last check accepted.
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
        using var recording = GradientMode.LeaveInference();
        var named = (monitored ?? ReadOnlyDictionary<string, Tensor>.Empty).ToDictionary(rows => rows.Key, rows => new RowSet(rows.Value));
        var judging = validation is null ? null : new RowSet(validation);
        return Run(DensitySubject.Of(model), new(training), judging, named, progress, cancellationToken);
    }

    /// <summary>Trains a model in place on rows that are read anew for every epoch; it ends with the averaged weights of its best
    /// epoch.</summary>
    /// <param name="model">Model to train; its preprocessing, fitted to a random sample of the rows, stays as it is.</param>
    /// <param name="training">The rows, in original units.</param>
    /// <param name="validation">Rows [rows, N] for early stopping, which the stream leaves out.</param>
    /// <param name="progress">Told a few times per second and at each epoch's end, on the calling thread.</param>
    /// <param name="cancellationToken">Stops training within one step, and reading within one chunk.</param>
    /// <exception cref="ArgumentException">The data has the wrong shape, fewer rows than a batch, or values out of range.</exception>
    /// <exception cref="InvalidOperationException">The stream cannot be read again.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; the model holds its last good weights, and a checkpoint
    /// was written if there is a path.</exception>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    public TrainingReport Fit(
        DensityModel model,
        StreamedRows training,
        Tensor validation,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        using var recording = GradientMode.LeaveInference();
        var (subject, judging) = (DensitySubject.Of(model), new RowSet(validation));
        subject.Require(judging, nameof(validation), "the validation rows");
        _ = training.Capacity(Options.BatchSize, model.Dimension);
        using var scope = NewDisposeScope();
        var agreement = new Agreement(Options.Collective, cancellationToken);
        var task = new DensityTask(subject, judging, judging, new Dictionary<string, RowSet>(), Options, agreement) { Stream = training };
        using var loop = new TrainingLoop(task, Options, progress);
        return loop.ToEnd();
    }

    /// <summary>Trains a conditional flow in place; it ends with the averaged weights of its best epoch.</summary>
    /// <param name="flow">Flow to train.</param>
    /// <param name="training">Rows [rows, N]; at least one batch of them.</param>
    /// <param name="context">The context of each row, shape [rows, C].</param>
    /// <param name="validation">Rows for early stopping; when null, some of the training rows are held out.</param>
    /// <param name="validationContext">Their contexts; null where there are no validation rows.</param>
    /// <param name="progress">Told a few times per second and at each epoch's end, on the calling thread.</param>
    /// <param name="cancellationToken">Stops training within one step.</param>
    /// <exception cref="ArgumentException">The data has the wrong shape, fewer rows than a batch, or values that are not
    /// finite.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; the flow holds its last good weights, and a checkpoint
    /// was written if there is a path.</exception>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    public TrainingReport Fit(
        ConditionalFlow flow,
        Tensor training,
        Tensor context,
        Tensor? validation = null,
        Tensor? validationContext = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return FitGiven(() => DensitySubject.Of(flow), training, context, validation, validationContext, progress, cancellationToken);
    }

    /// <summary>Trains a conditional density in place; it ends with the averaged weights of its best epoch.</summary>
    /// <param name="model">Model to train.</param>
    /// <param name="training">Rows [rows, N] in original units; at least one batch of them.</param>
    /// <param name="context">The context of each row, shape [rows, C].</param>
    /// <param name="validation">Rows for early stopping; when null, some of the training rows are held out.</param>
    /// <param name="validationContext">Their contexts; null where there are no validation rows.</param>
    /// <param name="progress">Told a few times per second and at each epoch's end, on the calling thread.</param>
    /// <param name="cancellationToken">Stops training within one step.</param>
    /// <inheritdoc cref="Fit(ConditionalFlow, Tensor, Tensor, Tensor?, Tensor?, IProgress{TrainingProgress}?, CancellationToken)"
    /// path="/exception"/>
    public TrainingReport Fit(
        ConditionalDensityModel model,
        Tensor training,
        Tensor context,
        Tensor? validation = null,
        Tensor? validationContext = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FitGiven(() => DensitySubject.Of(model), training, context, validation, validationContext, progress, cancellationToken);
    }

    /// <summary>Trains what is conditional.</summary>
    private TrainingReport FitGiven(
        Func<DensitySubject> subject,
        Tensor training,
        Tensor context,
        Tensor? validation,
        Tensor? validationContext,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var recording = GradientMode.LeaveInference();
        var judging = validation is null ? null : new RowSet(validation, validationContext);
        return Run(subject(), new(training, context), judging, new Dictionary<string, RowSet>(), progress, cancellationToken);
    }

    private TrainingReport Run(
        DensitySubject subject,
        RowSet training,
        RowSet? validation,
        IReadOnlyDictionary<string, RowSet> monitored,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        subject.Require(training, nameof(training), "the training rows");
        using var scope = NewDisposeScope();
        var (given, isHeldOut) = (training.Count, validation is null);
        if (validation is null)
        {
            (training, validation) = HoldOut(training);
        }
        else
        {
            subject.Require(validation, nameof(validation), "the validation rows");
        }

        foreach (var (name, rows) in monitored)
        {
            subject.Require(rows, $"{nameof(monitored)}[\"{name}\"]", $"the monitored rows '{name}'");
        }

        if (training.Count < Options.BatchSize)
        {
            var held = isHeldOut && training.Count < given ? " after holding out validation rows" : "";
            throw new ArgumentException(
                $"Expected at least one batch of {Options.BatchSize} training rows, got {training.Count}{held}; lower BatchSize "
                + $"or bring more rows.", nameof(training));
        }

        using var loop = new TrainingLoop(
            new DensityTask(subject, training, validation, monitored, Options, new(Options.Collective, cancellation)), Options, progress);
        return loop.ToEnd();
    }

    /// <summary>Splits off validation rows, always the same ones for a seed: a resumed training must not validate on what it was trained
    /// on.</summary>
    private (RowSet Training, RowSet? Validation) HoldOut(RowSet rows)
    {
        var held = (long)Math.Round(rows.Count * Options.ValidationFraction);
        if (held == 0)
        {
            return (rows, null);
        }

        using var generator = new Generator(Options.Seed ^ 0x76616C6964UL);
        var order = randperm(rows.Count, dtype: int64, generator: generator);
        return (rows.Select(order.narrow(0, held, rows.Count - held)), rows.Select(order.narrow(0, 0, held)));
    }
}
