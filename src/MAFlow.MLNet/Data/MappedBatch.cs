namespace MAFlow.MLNet.Data;

/// <summary>What a <see cref="RowMap"/> gave for a batch: one vector a row, and one log-likelihood a row where the map knows it.</summary>
/// <param name="vectors">Row after row.</param>
/// <param name="dimension">Length of one vector.</param>
/// <param name="logLikelihoods">One number a row, or none.</param>
/// <param name="contributions">One vector a row, or none.</param>
internal sealed class MappedBatch(float[] vectors, int dimension, float[] logLikelihoods, float[]? contributions = null)
{
    public ReadOnlySpan<float> Vector(int row) => vectors.AsSpan(row * dimension, dimension);

    /// <summary>What each feature adds to the score of a row.</summary>
    public ReadOnlySpan<float> Contributions(int row) => contributions.AsSpan(row * dimension, dimension);

    public float LogLikelihood(int row) => logLikelihoods[row];

    public static MappedBatch Empty { get; } = new([], 0, []);
}
