using Microsoft.ML;

namespace MAFlow.MLNet.Scoring;

/// <summary>What a row would have to be to be ordinary: its latent code is drawn towards the origin, along the flow's path to the most
/// probable region, until the score of the row that it decodes to is no longer above the threshold.</summary>
/// <param name="scoring">Rows to scores.</param>
/// <param name="decoding">Latent codes to rows.</param>
/// <param name="threshold">Of the scores.</param>
/// <param name="output">Name of the new column.</param>
internal sealed class OrdinaryMap(ScoringMap scoring, DecodingMap decoding, float threshold, string output) : RowMap
{
    private const int Steps = 32;
    private const int Bisections = 10;

    public override string InputColumnName => scoring.InputColumnName;

    public override int Dimension => scoring.Dimension;

    public override int BatchSize => scoring.BatchSize;

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        [MappedColumn.Vector(output, Dimension, SlotNameAnnotations.Of(input, InputColumnName))];

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
    {
        var batch = scoring.Evaluate(values, rows, firstRow, MappedParts.Vectors | MappedParts.LogLikelihoods | MappedParts.Scores);
        var answers = values[..(rows * Dimension)];
        var pending = new List<int>();
        for (var row = 0; row < rows; row++)
        {
            if (batch.Score(row) > threshold || float.IsNaN(batch.Score(row)))
            {
                answers.AsSpan(row * Dimension, Dimension).Fill(float.NaN);
                if (float.IsFinite(batch.LogLikelihood(row)))
                {
                    pending.Add(row);
                }
            }
        }

        // How far out a code may stay: the first step at which the row is ordinary, and the step before, between which it becomes so.
        var (inside, outside) = (new float[rows], new float[rows]);
        for (var step = Steps - 1; step >= 0 && pending.Count > 0; step--)
        {
            var factor = (float)step / Steps;
            var found = Try(batch, pending, _ => factor, answers);
            foreach (var row in found)
            {
                (inside[row], outside[row]) = (factor, (step + 1f) / Steps);
            }

            pending.RemoveAll(found.Contains);
        }

        int[] bracketed = [.. Enumerable.Range(0, rows).Where(row => outside[row] > 0)];
        for (var i = 0; i < Bisections && bracketed.Length > 0; i++)
        {
            float Middle(int row) => (inside[row] + outside[row]) / 2;
            var found = Try(batch, bracketed, Middle, answers);
            foreach (var row in bracketed)
            {
                (inside[row], outside[row]) = found.Contains(row) ? (Middle(row), outside[row]) : (inside[row], Middle(row));
            }
        }

        return new(Dimension) { Vectors = answers };
    }

    /// <summary>Decodes codes times a factor; those that are ordinary then become the answer of their row.</summary>
    private HashSet<int> Try(MappedBatch batch, IReadOnlyList<int> rows, Func<int, float> factor, float[] answers)
    {
        var codes = new float[rows.Count * Dimension];
        for (var i = 0; i < rows.Count; i++)
        {
            var scale = factor(rows[i]);
            System.Numerics.Tensors.TensorPrimitives.Multiply(batch.Vector(rows[i]), scale, codes.AsSpan(i * Dimension, Dimension));
        }

        var decoded = decoding.Evaluate(codes, rows.Count, 0, MappedParts.Vectors).Vectors!;
        var scored = scoring.Evaluate(decoded, rows.Count, 0, MappedParts.Scores);
        var found = new HashSet<int>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (scored.Score(i) <= threshold)
            {
                found.Add(rows[i]);
                decoded.AsSpan(i * Dimension, Dimension).CopyTo(answers.AsSpan(rows[i] * Dimension));
            }
        }

        return found;
    }
}
