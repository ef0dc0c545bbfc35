using MAFlow.Scoring.Neighbours;

namespace MAFlow.MLNet.Measures;

/// <summary>Makes a <see cref="RankingMeasure"/> of training rows alone, so that p-values, which come from other rows, stay
/// exact.</summary>
internal static class MeasureFit
{
    public const int DefaultNeighbours = 2;
    public const int MaxNeighbours = 100;
    private const int MaxReferences = 4096;
    private const int MinReferences = 256;
    private const int MaxNumbers = 1 << 21;

    // Chosen on every second of 43 public tables, in the order of their names: docs/results/anomaly.md.
    private const float WeightOfDensity = 0.25f;
    private const float WeightOfCodes = 0.5f;
    private const float WeightOfRows = 1;

    // Beyond any scale that data can have, and far from overflow.
    private const double MaxScale = 1e30;

    /// <summary>The measure; null for the density, which needs nothing besides the flow.</summary>
    /// <param name="options">Which one.</param>
    /// <param name="training">Rows that were trained on.</param>
    /// <param name="map">The trained flow.</param>
    /// <param name="seed">Decides which of the rows are kept.</param>
    /// <param name="cancellation">Ends it.</param>
    public static RankingMeasure? Of(
        MeasureOptions options, FeatureMatrix training, RowMap map, int seed, CancellationToken cancellation)
    {
        var kind = options.Kind;
        if (kind == AnomalyMeasure.Density)
        {
            return null;
        }

        var (rows, codes, scores) = References(training, map, seed, options.TrimmedShare, cancellation);
        var count = rows.Length / training.Dimension;
        var neighbours = Math.Min(options.Neighbours, count - 1);
        var ofCodes = kind == AnomalyMeasure.Neighbours ? null
            : new NeighbourIndex(codes, new float[training.Dimension], Ones(training.Dimension), neighbours);
        var ofRows = kind == AnomalyMeasure.LatentNeighbours ? null
            : new NeighbourIndex(rows, Mean(training), Scale(training.Deviations()), neighbours);
        return new(ofCodes, ofRows, kind != AnomalyMeasure.Combined ? []
            : [Curve(scores, WeightOfDensity), Curve(ofCodes!, WeightOfCodes), Curve(ofRows!, WeightOfRows)]);
    }

    /// <summary>Training rows drawn without repetition, their latent codes and -ln p; rows without a density are left out, and the
    /// share of them that is least likely.</summary>
    private static (float[] Rows, float[] Codes, float[] Scores) References(
        FeatureMatrix training, RowMap map, int seed, double trimmedShare, CancellationToken cancellation)
    {
        var numbers = Enumerable.Range(0, training.Rows).ToArray();
        new Random(seed).Shuffle(numbers);
        var most = Math.Min(MaxReferences, Math.Max(MinReferences, MaxNumbers / training.Dimension));
        var (rows, codes, scores) = (new List<float>(), new List<float>(), new List<float>());
        foreach (var chunk in numbers.Take(most).Chunk(map.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            float[] values = [.. chunk.SelectMany(training.RowOf)];
            var batch = map.Evaluate(values, chunk.Length, 0, MappedParts.Vectors | MappedParts.LogLikelihoods);
            for (var row = 0; row < chunk.Length; row++)
            {
                if (float.IsFinite(batch.LogLikelihood(row)))
                {
                    rows.AddRange(values.AsSpan(row * training.Dimension, training.Dimension));
                    codes.AddRange(batch.Vector(row));
                    scores.Add(-batch.LogLikelihood(row));
                }
            }
        }

        if (trimmedShare > 0)
        {
            int[] kept = [.. Enumerable.Range(0, scores.Count).OrderBy(row => scores[row])
                .Take(scores.Count - (int)(trimmedShare * scores.Count)).Order()];
            List<float> Of(List<float> table) =>
                [.. kept.SelectMany(row => table.GetRange(row * training.Dimension, training.Dimension))];
            (rows, codes, scores) = (Of(rows), Of(codes), [.. kept.Select(row => scores[row])]);
        }

        return rows.Count >= 2 * training.Dimension
            ? ([.. rows], [.. codes], [.. scores])
            : throw new InvalidOperationException(
                $"Expected at least two training rows to which the flow gives a density, got {rows.Count / training.Dimension} of "
                + $"{training.Rows}. Lower LearningRate, or rank by AnomalyMeasure.Density.");
    }

    /// <summary>The curve of distances of training rows, of which none is its own neighbour.</summary>
    private static SurvivalCurve Curve(NeighbourIndex index, float weight)
    {
        var distances = new float[index.Count];
        index.Measure(index.Rows, distances, areReferences: true);
        return Curve(distances, weight);
    }

    private static SurvivalCurve Curve(float[] measures, float weight) => new([.. measures.Order()], weight);

    private static float[] Mean(FeatureMatrix rows)
    {
        var sums = new double[rows.Dimension];
        for (var i = 0; i < rows.Rows * rows.Dimension; i++)
        {
            sums[i % rows.Dimension] += rows.Values[i];
        }

        return Array.ConvertAll(sums, sum => (float)(sum / rows.Rows));
    }

    private static float[] Scale(float[] deviations) =>
        Array.ConvertAll(deviations, deviation => (float)Math.Min(1.0 / deviation, MaxScale));

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1f);
        return ones;
    }
}
