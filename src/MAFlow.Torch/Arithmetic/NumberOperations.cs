using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>What else the library does with tensors and plain numbers, whose scalars stay alive until torch is done with them.</summary>
/// <remarks>Each method is torch's of the same name; see <see cref="Scalars"/>. Whole numbers are passed on as such: a tensor of integers
/// stays one.</remarks>
internal static class NumberOperations
{
    /// <summary>x + alpha y.</summary>
    public static Tensor Add(this Tensor x, Tensor y, double alpha)
    {
        using var scalar = alpha.ToScalar();
        return x.add(y, alpha: scalar);
    }

    /// <summary>x ← x + y.</summary>
    public static Tensor Add_(this Tensor x, Tensor y) => x.add_(y, alpha: Scalars.One);

    /// <summary>x - number.</summary>
    public static Tensor Sub(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.sub(scalar);
    }

    /// <inheritdoc cref="Sub(Tensor, double)"/>
    public static Tensor Sub(this Tensor x, long number)
    {
        using var scalar = number.ToScalar();
        return x.sub(scalar);
    }

    /// <summary>number · x.</summary>
    public static Tensor Mul(this Tensor x, long number)
    {
        using var scalar = number.ToScalar();
        return x.mul(scalar);
    }

    /// <summary>x ← number · x.</summary>
    public static Tensor Mul_(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.mul_(scalar);
    }

    /// <summary>x ← x / number.</summary>
    public static Tensor Div_(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.div_(scalar);
    }

    /// <summary>x modulo number.</summary>
    public static Tensor Remainder(this Tensor x, long number)
    {
        using var scalar = number.ToScalar();
        return x.remainder(scalar);
    }

    /// <summary>x².</summary>
    public static Tensor Square(this Tensor x) => x.pow(Scalars.Two);

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

    /// <summary>x = number.</summary>
    public static Tensor Eq(this Tensor x, long number)
    {
        using var scalar = number.ToScalar();
        return x.eq(scalar);
    }

    /// <summary>x ≠ number.</summary>
    public static Tensor Ne(this Tensor x, long number)
    {
        using var scalar = number.ToScalar();
        return x.ne(scalar);
    }

    /// <summary>x &lt; number.</summary>
    public static Tensor Lt(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.lt(scalar);
    }

    /// <summary>x ≤ number.</summary>
    public static Tensor Le(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.le(scalar);
    }

    /// <summary>x &gt; number.</summary>
    public static Tensor Gt(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.gt(scalar);
    }

    /// <summary>x ≥ number.</summary>
    public static Tensor Ge(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.ge(scalar);
    }

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
