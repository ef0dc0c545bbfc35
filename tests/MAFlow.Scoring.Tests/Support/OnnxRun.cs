using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MAFlow.Scoring.Tests;

/// <summary>What ONNX Runtime makes of an exported scorer.</summary>
internal sealed record OnnxRun(float[] Latent, float[] LogProb, float[] Score)
{
    public static OnnxRun Of(DensityScorer scorer, float[] rows)
    {
        using var stream = new MemoryStream();
        scorer.SaveOnnx(stream);
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(stream.ToArray(), options);
        var input = new DenseTensor<float>(rows, [rows.Length / scorer.Dimension, scorer.Dimension]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("features", input)], ["latent", "log_likelihood", "score"]);
        var numbers = results.Select(result => result.AsTensor<float>().ToArray()).ToArray();
        return new(numbers[0], numbers[1], numbers[2]);
    }
}
