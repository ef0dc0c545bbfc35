using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>Rows in plain arrays to tensors and back.</summary>
internal static class TensorRows
{
    /// <summary>A copy of the first rows as a tensor [rows, dimension] on the CPU.</summary>
    public static Tensor FromArray(float[] values, int rows, int dimension) =>
        tensor(values.AsMemory(0, rows * dimension), [rows, dimension], dtype: ScalarType.Float32);

    /// <summary>All numbers of a tensor as Single, row after row.</summary>
    public static float[] ToArray(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var plain = rows.detach().to(ScalarType.Float32, CPU).contiguous();
        return MemoryMarshal.Cast<byte, float>(plain.bytes).ToArray();
    }
}
