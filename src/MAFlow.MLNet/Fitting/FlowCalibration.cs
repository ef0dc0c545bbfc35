using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Fitting;

/// <summary>From a trained model to a transformer: scores of rows that were not trained on set its threshold and p-values.</summary>
/// <param name="host">Host of the estimator.</param>
/// <param name="channel">Its log.</param>
/// <param name="columns">Names of the columns.</param>
/// <param name="options">Scoring and threshold.</param>
internal sealed class FlowCalibration(IHost host, IChannel channel, FlowColumns columns, FlowEstimatorOptions options)
{
    /// <param name="lease">The model.</param>
    /// <param name="depth">Its depth before training.</param>
    /// <param name="report">How training went.</param>
    /// <param name="table">The rows of the fit.</param>
    /// <param name="seed">Of the rows that a measure keeps.</param>
    /// <param name="cancellation">Ends it.</param>
    public MongeAmpereFlowTransformer Transformer(
        ModelLease lease, int depth, TrainingReport report, FlowTable table, int seed, CancellationToken cancellation)
    {
        var rows = table.Training;
        // Where training had to be refined, scoring is as many times finer.
        var settings = new FlowSettings(columns, Threshold: 0, options.ScoringDepth * (report.Depth / depth), options.ScoringBatchSize,
            Deviations: columns.Reasons is null ? null : rows.Deviations(),
            LeadingCount: columns.LeadingFeatures is null ? null : Math.Min(options.LeadingCount, rows.Dimension));
        if (options.Ranking is { } ranking)
        {
            var flow = new ScoringMap(host, lease, settings);
            settings = settings with
            {
                Measure = ranking.Kind, Ranking = MeasureFit.Of(ranking, rows, flow, seed, cancellation),
            };
        }

        var map = new ScoringMap(host, lease, settings);
        var scores = Scores.Of(View(table, map), map, cancellation);
        channel.Info(MessageSensitivity.None, $"Trained at depth {report.Depth}, scoring at depth {map.Depth}.");
        if (report.TransportCost is { } cost)
        {
            channel.Info(MessageSensitivity.None, FormattableString.Invariant(
                $"The paths of the flow cost {cost:G4}, an upper bound of W₂² between the standard normal and the model."));
        }

        if (ContaminationRemark.Of(scores, options.Contamination) is { } remark)
        {
            channel.Warning(MessageSensitivity.None, remark);
        }

        settings = settings with
        {
            Threshold = AnomalyThreshold.Quantile(scores, options.Contamination),
            HeldOut = columns.PValue is null ? null : HeldOutRank.Sorted(scores),
        };
        return new MongeAmpereFlowTransformer(host, lease, settings, report);
    }

    private FeatureMatrixView View(FlowTable table, ScoringMap map) => columns.Context is { } context
        ? new(table.Calibration, (columns.Input, map.Dimension), (context, map.ContextDimension))
        : new(table.Calibration, columns.Input);
}
