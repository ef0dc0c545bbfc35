using Microsoft.ML;

namespace MAFlow.MLNet.Scoring;

/// <summary>Scores of many rows, as the score column has them.</summary>
internal static class Scores
{
    public static List<float> Of(IDataView data, RowMap map, CancellationToken cancellation = default)
    {
        var features = VectorInput.Find(data.Schema, map.InputColumnName, map.Dimension);
        using var cursor = data.GetRowCursor([features]);
        var getter = new FeatureGetter(cursor, features);
        var batch = new float[map.BatchSize * map.Dimension];
        var scores = new List<float>();
        var rows = 0;
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            getter.CopyTo(batch.AsSpan(rows * map.Dimension, map.Dimension));
            if (++rows == map.BatchSize)
            {
                rows = Add(scores, map, batch, rows);
            }
        }

        _ = Add(scores, map, batch, rows);
        return scores;
    }

    private static int Add(List<float> scores, RowMap map, float[] values, int rows)
    {
        if (rows > 0)
        {
            var batch = map.Evaluate(values, rows, scores.Count, MappedParts.Scores);
            for (var row = 0; row < rows; row++)
            {
                scores.Add(batch.Score(row));
            }
        }

        return 0;
    }
}
