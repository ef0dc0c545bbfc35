using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>Models of MAFlow.Torch as their own scorers, and rows as arrays.</summary>
internal static class Scorers
{
    public static byte[] Bytes(DensityModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    public static DensityScorer Of(DensityModel model) => Load(Bytes(model));

    public static DensityScorer Load(byte[] bytes) => DensityScorer.Load(new MemoryStream(bytes), bytes.Length);

    public static DensityScorer Load(byte[] bytes, Numerics.VectorWidth width) => DensityScorer.Load(new MemoryStream(bytes), bytes.Length, width);

    public static double[] Numbers(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(float64).contiguous().data<double>().ToArray();
    }

    public static DensityModel Model(string table, Potential potential, MongeAmpereFlowOptions? options = null) =>
        new(Table.Named(table).Fit(), new MongeAmpereFlow(potential, options ?? new() { Horizon = 1, Depth = 6 }));

    public static double[] LogProb(this DensityScorer scorer, double[] rows)
    {
        var result = new double[rows.Length / scorer.Dimension];
        scorer.LogProb(rows, result);
        return result;
    }

    public static float[] LogProb(this DensityScorer scorer, float[] rows)
    {
        var result = new float[rows.Length / scorer.Dimension];
        scorer.LogProb(rows, result);
        return result;
    }

    public static double[] Decode(this DensityScorer scorer, double[] codes)
    {
        var result = new double[codes.Length];
        scorer.Decode(codes, result);
        return result;
    }

    public static double[] ScoreGradient(this DensityScorer scorer, double[] rows)
    {
        var result = new double[rows.Length];
        scorer.ScoreGradient(rows, result);
        return result;
    }
}
