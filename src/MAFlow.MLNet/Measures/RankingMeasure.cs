using MAFlow.Scoring.Neighbours;
using MAFlow.Scoring.Onnx;

namespace MAFlow.MLNet.Measures;

/// <summary>Scores that are a distance to training rows or to their latent codes, or a sum over the density and both distances. Nothing
/// in it changes.</summary>
/// <param name="Codes">Latent codes of training rows; null where they have no part.</param>
/// <param name="Rows">Training rows; null where they have no part.</param>
/// <param name="Curves">What turns -ln p and each distance into nats, in this order; empty where the one distance is the score.</param>
internal sealed record RankingMeasure(NeighbourIndex? Codes, NeighbourIndex? Rows, IReadOnlyList<SurvivalCurve> Curves)
{
    /// <summary>What has to be known of rows besides their values.</summary>
    public MappedParts Parts => Codes is null ? MappedParts.None : MappedParts.Vectors | MappedParts.LogLikelihoods;

    /// <summary>Those that have a part.</summary>
    public IEnumerable<NeighbourIndex> Indices => new[] { Codes, Rows }.OfType<NeighbourIndex>();

    /// <summary>Scores of rows. Where the flow gives no density the score is ∞, and where values are missing NaN.</summary>
    /// <param name="values">Rows in original units, one after the other.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="batch">What the flow made of them.</param>
    public float[] Scores(float[] values, int rows, MappedBatch batch)
    {
        float[][] distances = [.. Indices.Select(index => Distances(index, index == Codes ? batch.Vectors! : values, rows))];
        var scores = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            // Where there is no density there are no codes either.
            scores[row] = Codes is not null && !float.IsFinite(batch.LogLikelihood(row))
                ? -batch.LogLikelihood(row)
                : Curves.Count == 0 ? distances[0][row]
                : Sum(-batch.LogLikelihood(row), distances, row);
        }

        return scores;
    }

    /// <summary>The scores [B, 1] of float32 as nodes of a graph.</summary>
    /// <param name="rows">Rows [B, N] in original units.</param>
    /// <param name="codes">Their latent codes [B, N].</param>
    /// <param name="logLikelihood">Their ln p [B, 1].</param>
    public OnnxValue ToOnnx(OnnxValue rows, OnnxValue codes, OnnxValue logLikelihood)
    {
        OnnxValue[] distances =
        [
            .. Indices.Select(index => index.ToOnnx(index == Codes ? codes : rows).To(OnnxType.Single)),
        ];
        var score = Curves.Count == 0
            ? distances[0]
            : Curves.Zip(distances.Prepend(-logLikelihood), (curve, measure) => curve.ToOnnx(measure))
                .Aggregate((sum, next) => sum + next).Min(float.MaxValue).To(OnnxType.Single);
        return Codes is null ? score : logLikelihood.IsFinite().Choose(score, -logLikelihood);
    }

    private static float[] Distances(NeighbourIndex index, float[] rows, int count)
    {
        var distances = new float[count];
        index.Measure(rows, distances);
        return distances;
    }

    private float Sum(float score, float[][] distances, int row)
    {
        var sum = Curves[0].Of(score);
        for (var i = 0; i < distances.Length; i++)
        {
            sum += Curves[i + 1].Of(distances[i][row]);
        }

        // However far, a finite row has a finite score.
        return (float)Math.Min(sum, float.MaxValue);
    }
}
