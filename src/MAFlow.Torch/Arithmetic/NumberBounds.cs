using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Torch's bounds on elements by plain numbers, whose scalars stay alive until torch is done with them.</summary>
/// <remarks>Each method is torch's of the same name; see <see cref="Scalars"/>. Whole numbers are passed on as such: a tensor of integers stays one.</remarks>
internal static class NumberBounds
{
    /// <summary>max(x, minimum).</summary>
    public static Tensor ClampMin(this Tensor x, double minimum)
    {
        using var scalar = minimum.ToScalar();
        return x.clamp_min(scalar);
    }

    /// <summary>min(max(x, minimum), maximum).</summary>
    public static Tensor Clamp(this Tensor x, double minimum, double maximum)
    {
        using Scalar low = minimum.ToScalar(), high = maximum.ToScalar();
        return x.clamp(low, high);
    }

    /// <inheritdoc cref="Clamp(Tensor, double, double)"/>
    public static Tensor Clamp(this Tensor x, long minimum, long maximum)
    {
        using Scalar low = minimum.ToScalar(), high = maximum.ToScalar();
        return x.clamp(low, high);
    }
}
