using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>Scores of predicted distributions, batch by batch.</summary>
internal static class PredictiveScores
{
    /// <param name="model">The density.</param>
    /// <param name="rows">Features with the label last.</param>
    /// <param name="batchSize">Rows that are evaluated together.</param>
    /// <param name="checkAlive">Called between batches; throws to end the work.</param>
    public static PredictiveMetrics Of(ConditionalDensityModel model, FeatureMatrix rows, int batchSize, Action checkAlive)
    {
        using var all = NewDisposeScope();
        var (table, width) = (rows.ToTensor(), rows.Dimension - 1);
        RequireFeatures(model, width);
        var (logLikelihood, score, cumulative) = (0.0, 0.0, new List<float>(rows.Rows));
        for (var start = 0; start < rows.Rows; start += batchSize)
        {
            checkAlive();
            using var scope = NewDisposeScope();
            var batch = table.narrow(0, start, Math.Min(batchSize, rows.Rows - start));
            var (context, labels) = (batch.narrow(1, 0, width), batch.narrow(1, width, 1));
            var encoded = model.Encode(labels, context);
            logLikelihood += encoded.LogProb.sum().item<double>();
            score += model.Predict(context).RankedScore(labels.squeeze(1)).sum().item<double>();
            cumulative.AddRange(TensorRows.ToArray(special.ndtr(encoded.Z.squeeze(1))));
        }

        return new(logLikelihood / rows.Rows, score / rows.Rows, [.. cumulative.Select(share => (double)share)]);
    }

    private static void RequireFeatures(ConditionalDensityModel model, int features)
    {
        if (features != model.ContextDimension)
        {
            throw new ArgumentOutOfRangeException(nameof(features), features,
                $"Expected {model.ContextDimension} features, as in training, got {features}. Build the column as in training.");
        }
    }
}
