using Microsoft.ML;

namespace MAFlow.MLNet.Scoring;

/// <summary>Scores of many rows, as the score column has them.</summary>
internal static class Scores
{
    public static List<float> Of(IDataView data, RowMap map, CancellationToken cancellation = default)
    {
        var schema = new MappedSchema(data.Schema, map);
        using var cursor = data.GetRowCursor(schema.Context is { } context ? [schema.Features, context] : [schema.Features]);
        var getter = new RowGetter(cursor, schema);
        var batch = new float[map.BatchSize * map.Width];
        var scores = new List<float>();
        var rows = 0;
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            getter.CopyTo(batch.AsSpan(rows * map.Width, map.Width));
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
