using Microsoft.ML;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace MAFlow.MLNet;

/// <content>A density that depends on a context column.</content>
public sealed partial class MongeAmpereFlowEstimator
{
    /// <summary>Trains p(x | c) on rows that have been read, x first and c behind it.</summary>
    private MongeAmpereFlowTransformer FitGiven(
        IChannel channel, IDataView input, FlowTable table, torch.Device device, int seed, TimeSpan spent)
    {
        if (table.Remark is not null)
        {
            channel.Warning(MessageSensitivity.None, table.Remark);
        }

        ConditionalDefaults.RequireRows(table.Training.Rows + (table.Validation?.Rows ?? 0), _columns.Input, _columns.Context!);
        var features = VectorInput.Dimension(VectorInput.Find(input.Schema, _columns.Input));
        RequireVarying(table.Training, features, SlotNameAnnotations.InWords(input.Schema, _columns.Input));
        var (model, training) = _options.Given(table.Training.Rows, features);
        RequireFullBatch(table, training.BatchSize);
        training = _options.Training is null ? training with { TimeLimit = Left(training.TimeLimit, spent) } : training;
        var fit = new ConditionalFit(
            _host, channel, new(0, features, features, table.Training.Dimension - features), $"Column '{_columns.Input}'")
        {
            Progress = _options.Progress, CancellationToken = _options.CancellationToken,
        };
        var (density, report) = fit.Run(table.Training, table.Validation, model, training, device, seed);
        var lease = new ModelLease(new ConditionalTensorModel(density, device));
        try
        {
            report = table.Remark is null ? report : report with { Remarks = [table.Remark, .. report.Remarks] };
            using var stop = new StopRequests(_host, _options.CancellationToken);
            return new FlowCalibration(_host, channel, _columns, _options).Transformer(
                lease, Depth(model), report, table, seed, stop.Source.Token);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Steps that a flow of equal parts takes where so many are asked for.</summary>
    private static int Depth(ConditionalDensityModelOptions model) =>
        checked(model.Parts * ((model.Flow.Depth + model.Parts - 1) / model.Parts));

    /// <exception cref="ArgumentException">A feature is the same in all rows, and so has no density given anything.</exception>
    private void RequireVarying(FeatureMatrix rows, int features, Func<int, string> name)
    {
        if (_options.Preprocessing is not null)
        {
            return;
        }

        for (var feature = 0; feature < features; feature++)
        {
            var first = rows.Value(0, feature);
            if (Enumerable.Range(1, rows.Rows - 1).All(row => rows.Value(row, feature) == first))
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"Expected features that vary, got {first} in all {rows.Rows} training rows of {name(feature)}; it has no density. ")
                    + "Leave that feature out of the column, or set Preprocessing to begin with Smoothing.");
            }
        }
    }
}
