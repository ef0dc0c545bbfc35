using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Torch's ways to write a plain number into some elements, with a scalar that stays alive until torch is done with it.</summary>
/// <remarks>Each method is torch's of the same name; see <see cref="Scalars"/>.</remarks>
internal static class NumberFilling
{
    /// <summary>x, but the number where the mask is true.</summary>
    public static Tensor MaskedFill(this Tensor x, Tensor mask, double number)
    {
        using var scalar = number.ToScalar();
        return x.masked_fill(mask, scalar);
    }

    /// <summary>Writes the number to the places of the index along a dimension.</summary>
    public static Tensor IndexFill_(this Tensor x, long dim, Tensor index, long number)
    {
        using var scalar = number.ToScalar();
        return x.index_fill_(dim, index, scalar);
    }

    /// <summary>A tensor like x that holds the number everywhere.</summary>
    public static Tensor FullLike(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return full_like(x, scalar);
    }
}
