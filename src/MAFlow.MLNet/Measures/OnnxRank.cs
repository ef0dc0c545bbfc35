using MAFlow.Scoring.Onnx;

namespace MAFlow.MLNet.Measures;

/// <summary>The search of <see cref="HeldOutRank"/> as nodes of a graph, with one step for each bit of the place.</summary>
internal static class OnnxRank
{
    /// <summary>How many of the sorted numbers are below each number.</summary>
    /// <param name="numbers">Numbers of float32; NaN is below all.</param>
    /// <param name="sorted">Numbers in ascending order.</param>
    public static OnnxValue Below(OnnxValue numbers, float[] sorted)
    {
        var (graph, size) = (numbers.Graph, 1);
        while (size <= sorted.Length)
        {
            size *= 2;
        }

        // No number is higher than what fills the table up.
        var table = graph.Constant([.. sorted, .. Enumerable.Repeat(float.PositiveInfinity, size - sorted.Length)], size);
        var place = (numbers < double.NegativeInfinity).To(OnnxType.Int64);
        for (var stride = size / 2; stride > 0; stride /= 2)
        {
            var middle = graph.Node("Gather", OnnxType.Single, [table, place + (stride - 1)], ("axis", 0L));
            place += (middle < numbers).To(OnnxType.Int64) * stride;
        }

        return place;
    }
}
