using System.Diagnostics;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Fitting;

/// <summary>One fit of either estimator: rows to tensors, tensors to a trained model, model to a transformer.</summary>
/// <param name="host">Host of the estimator.</param>
/// <param name="channel">Its log.</param>
/// <param name="columns">Names of the columns.</param>
/// <param name="options">What is neither of model nor of training: columns, scoring, listeners.</param>
/// <param name="model">How the model is made.</param>
/// <param name="training">How it is trained.</param>
/// <param name="time">What fitting may take as it was asked for, whatever is left of it: equal options choose equal
/// preprocessing.</param>
/// <param name="contest">Chooses the preprocessing; null where it is given.</param>
internal sealed class FlowFit(
    IHost host,
    IChannel channel,
    FlowColumns columns,
    FlowEstimatorOptions options,
    DensityModelOptions model,
    DensityTrainerOptions training,
    TimeSpan? time,
    PreprocessingContest? contest = null)
{
    /// <summary>Trains on rows that have been read.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="seed">Of weights, noise and batches.</param>
    public MongeAmpereFlowTransformer Run(FlowTable table, Device device, int seed)
    {
        var (rows, validation, _) = table;
        if (table.Remark is not null)
        {
            channel.Warning(MessageSensitivity.None, table.Remark);
        }

        channel.Info(MessageSensitivity.None, $"Training on {table.Stream?.Count ?? rows.Rows} rows of {rows.Dimension} features"
            + $"{(table.Stream is null ? "" : ", read anew for every epoch")}, "
            + $"validating on {validation?.Rows ?? 0}, device {device}, seed {seed}"
            + (training.TimeLimit is { } most ? FormattableString.Invariant($", for at most {most.TotalSeconds:F0} s.") : "."));

        using var scope = NewDisposeScope();
        // Rows and weights that are made in a caller's inference mode could never be trained.
        using var recording = is_inference_mode_enabled() ? inference_mode(false) : null;
        using var generator = new Generator((ulong)(uint)seed);
        var watch = Stopwatch.StartNew();
        var data = rows.ToTensor();
        // Whoever asks ML.NET to stop is heard between steps, whoever cancels the token at any time.
        using var requests = new StopRequests(host, options.CancellationToken);
        var stop = requests.Source;
        DensityModel Made(DensityModelOptions wanted) => Build(table, wanted, data, generator, device, stop.Token);
        var density = contest is null ? Made(model) : contest.Run(
            model, Made, training with { Seed = (ulong)(uint)seed }, data, validation?.ToTensor(),
            text => channel.Info(MessageSensitivity.None, text), stop.Token);
        // Fitting the preprocessing counts; the trainer takes at least one step.
        var limit = training.TimeLimit is { } left ? TimeSpan.FromTicks(Math.Max((left - watch.Elapsed).Ticks, 1)) : (TimeSpan?)null;
        var lease = new ModelLease(new PlainTensorModel(density));
        try
        {
            var depth = density.Flow.Depth;
            var trainer = training with { ValidationFraction = 0, TimeLimit = limit, Seed = (ulong)(uint)seed };
            var report = Train(density, data, table, trainer, stop);
            return new FlowCalibration(host, channel, columns, options).Transformer(lease, depth, report, table, seed, stop.Token);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Fits the preprocessing and makes the model; what it says against the data names the column and its row there.</summary>
    private DensityModel Build(
        FlowTable table, DensityModelOptions wanted, Tensor data, Generator generator, Device device, CancellationToken cancellation)
    {
        // Once a potential is asked for, the data has been accepted: what is thrown then is not about the column.
        var (isFitted, source) = (false, table.Training);
        var make = wanted.Potential;
        var options = make is null ? wanted : wanted with
        {
            Potential = context =>
            {
                isFitted = true;
                return make(context);
            },
        };
        DensityModel? density = null;
        try
        {
            density = options.Build(data, generator, device, time, cancellation);
            isFitted = false;
            // A row that the preprocessing cannot take is named now, and not once training is over.
            foreach (var others in table.Others)
            {
                using var scope = NewDisposeScope();
                source = others;
                density.Preprocessing.Forward(others.ToTensor());
            }
        }
        catch (Exception error)
        {
            density?.Dispose();
            if (error is ArgumentException argument && !isFitted)
            {
                throw ColumnErrors.Naming(columns.Input, argument, source.NumberOf);
            }

            throw;
        }

        foreach (var remark in density.Preprocessing.Bijections.Select(bijection => bijection.Remark).OfType<string>())
        {
            channel.Warning(MessageSensitivity.None, remark);
        }

        return density;
    }

    private TrainingReport Train(DensityModel density, Tensor data, FlowTable table, DensityTrainerOptions trainer,
        CancellationTokenSource cancellation)
    {
        var progress = new TrainingLog(host, channel, options.Progress, cancellation);
        var (rows, remarks) = (table.Validation?.ToTensor(), table.Remark is null ? [] : new List<string> { table.Remark });
        var fitting = new DensityTrainer(trainer);
        var report = table.Stream is null
            ? fitting.Fit(density, data, rows, null, progress, cancellation.Token)
            : fitting.Fit(density, Stream(density, table, remarks, cancellation.Token), rows!, progress, cancellation.Token);
        report = remarks.Count == 0 ? report : report with { Remarks = [.. remarks, .. report.Remarks] };
        if (report.StopReason == StopReason.Diverged)
        {
            channel.Warning(MessageSensitivity.None,
                $"Training ended early because the loss kept diverging; the model holds the weights of epoch {report.BestRound}. "
                + "Lower LearningRate.");
        }

        return report;
    }

    /// <summary>The rows of a stream, each of which is looked at when it is first read.</summary>
    private StreamedRows Stream(DensityModel density, FlowTable table, List<string> remarks, CancellationToken cancellation)
    {
        var (stream, first, looked) = (table.Stream!, new FirstRows(table.Training, table.Stream!.Count), -1L);
        return new(stream.Pass(Inspect, cancellation), stream.Count);

        void Inspect(Tensor rows, IReadOnlyList<long> numbers)
        {
            if (numbers[^1] <= looked)
            {
                return;
            }

            looked = numbers[^1];
            try
            {
                using var scope = NewDisposeScope();
                density.Preprocessing.Forward(rows);
            }
            catch (ArgumentException error)
            {
                throw ColumnErrors.Naming(columns.Input, error, row => numbers[row]);
            }

            if (first.Add(rows, columns.Input) is { } remark)
            {
                remarks.Add(remark);
                channel.Warning(MessageSensitivity.None, remark);
            }
        }
    }
}
