using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Vectors made from plain numbers, whose scalars stay alive until torch is done with them.</summary>
/// <remarks>Each method is torch's of the same name; see <see cref="Scalars"/>.</remarks>
internal static class TensorFactories
{
    /// <summary>0, 1, … count - 1.</summary>
    public static Tensor Arange(long count, ScalarType dtype, Device? device = null)
    {
        using Scalar start = 0.ToScalar(), stop = count.ToScalar();
        return arange(start, stop, Scalars.One, dtype, device);
    }

    /// <summary>The number, count times.</summary>
    public static Tensor Full(long count, double number, ScalarType dtype)
    {
        using var scalar = number.ToScalar();
        return full(count, scalar, dtype);
    }
}
