namespace MAFlow.MLNet.Data;

/// <summary>The parts of a <see cref="MappedBatch"/>: a column says which one it reads, and only those that are read are
/// computed.</summary>
[Flags]
internal enum MappedParts
{
    None = 0,
    Vectors = 1,
    LogLikelihoods = 2,
    Contributions = 4,
    Moments = 8,
    Scores = 16,
}

/// <summary>What a <see cref="RowMap"/> gave for a batch: the parts that were asked of it.</summary>
/// <param name="dimension">Length of one vector.</param>
internal sealed class MappedBatch(int dimension)
{
    /// <summary>One vector a row, row after row: latent codes, or rows in original units.</summary>
    public float[]? Vectors { get; init; }

    /// <summary>ln p of each row, in nats.</summary>
    public float[]? LogLikelihoods { get; init; }

    /// <summary>What rows are ranked by; null where it is -ln p.</summary>
    public float[]? Scores { get; init; }

    /// <summary>One vector a row: what each feature adds to the score of the row.</summary>
    public float[]? Contributions { get; init; }

    /// <summary>Predictive mean of each row.</summary>
    public float[]? Means { get; init; }

    /// <summary>Predictive standard deviation of each row.</summary>
    public float[]? Deviations { get; init; }

    public static MappedBatch Empty { get; } = new(0);

    public ReadOnlySpan<float> Vector(int row) => Vectors.AsSpan(row * dimension, dimension);

    public ReadOnlySpan<float> ContributionsOf(int row) => Contributions.AsSpan(row * dimension, dimension);

    public float LogLikelihood(int row) => LogLikelihoods![row];

    public float Score(int row) => Scores is null ? -LogLikelihood(row) : Scores[row];

    /// <summary>This batch with scores of its own.</summary>
    public MappedBatch WithScores(float[] scores) => new(dimension)
    {
        Vectors = Vectors, LogLikelihoods = LogLikelihoods, Contributions = Contributions, Scores = scores,
    };

    /// <summary>This batch with its rows in the places <paramref name="places"/> of a batch of <paramref name="rows"/>, density zero in
    /// those of <paramref name="impossible"/>, and NaN elsewhere.</summary>
    public MappedBatch Scatter(int[] places, IEnumerable<int> impossible, int rows)
    {
        var scattered = new MappedBatch(dimension)
        {
            Vectors = Scatter(Vectors, dimension, places, rows),
            LogLikelihoods = Scatter(LogLikelihoods, 1, places, rows),
            Contributions = Scatter(Contributions, dimension, places, rows),
            Means = Scatter(Means, 1, places, rows),
            Deviations = Scatter(Deviations, 1, places, rows),
        };
        if (scattered.LogLikelihoods is { } logLikelihoods)
        {
            foreach (var row in impossible)
            {
                logLikelihoods[row] = float.NegativeInfinity;
            }
        }

        return scattered;
    }

    /// <summary>The first rows of batches one after the other, as if they had been evaluated together.</summary>
    public static MappedBatch Joined(int dimension, int rows, IReadOnlyList<MappedBatch> batches) => new(dimension)
    {
        Vectors = Join(batches.Select(batch => batch.Vectors), rows * dimension),
        LogLikelihoods = Join(batches.Select(batch => batch.LogLikelihoods), rows),
        Contributions = Join(batches.Select(batch => batch.Contributions), rows * dimension),
        Means = Join(batches.Select(batch => batch.Means), rows),
        Deviations = Join(batches.Select(batch => batch.Deviations), rows),
    };

    private static float[]? Join(IEnumerable<float[]?> parts, int length)
    {
        var joined = new List<float>(length);
        foreach (var part in parts)
        {
            if (part is null)
            {
                return null;
            }

            joined.AddRange(part.AsSpan(0, Math.Min(part.Length, length - joined.Count)));
        }

        return [.. joined];
    }

    private static float[]? Scatter(float[]? values, int width, int[] places, int rows)
    {
        if (values is null)
        {
            return null;
        }

        var all = new float[rows * width];
        Array.Fill(all, float.NaN);
        for (var i = 0; i < places.Length; i++)
        {
            values.AsSpan(i * width, width).CopyTo(all.AsSpan(places[i] * width));
        }

        return all;
    }
}
