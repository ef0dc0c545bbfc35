using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>p(x | c) as tensors.</summary>
internal sealed class TensorGivenFlow(TensorModel model) : IGivenFlow
{
    // Torch chooses its kernels by the number of rows.
    public int? RowsOfBlock => 32;

    public double[] LogProb(double[] rows, double[] contexts)
    {
        using var scope = NewDisposeScope();
        return Numbers(model.Encode(Table(rows, model.Dimension), Table(contexts, model.ContextDimension)).LogProb);
    }

    public double[] Decode(double[] codes, double[] contexts)
    {
        using var scope = NewDisposeScope();
        return Numbers(model.Decode(Table(codes, model.Dimension), Table(contexts, model.ContextDimension)));
    }

    private static Tensor Table(double[] values, int width) => tensor(values, [values.Length / width, width], dtype: float64);

    private static double[] Numbers(Tensor values) => values.to(float64, CPU).contiguous().data<double>().ToArray();
}
