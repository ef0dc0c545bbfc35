using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Torch's sums, differences, products and quotients for plain numbers, whose scalars stay alive until torch is done with them.</summary>
/// <remarks>Each method is torch's of the same name; see <see cref="Scalars"/>. Whole numbers are passed on as such: a tensor of integers stays one.</remarks>
internal static class NumberArithmetic
{
    /// <summary>x + y.</summary>
    public static Tensor Add(this Tensor x, Tensor y) => x.add(y, alpha: Scalars.One);

    /// <summary>x + alpha y.</summary>
    public static Tensor Add(this Tensor x, Tensor y, double alpha)
    {
        using var scalar = alpha.ToScalar();
        return x.add(y, alpha: scalar);
    }

    /// <summary>x + number.</summary>
    public static Tensor Add(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.add(scalar, alpha: Scalars.One);
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
    public static Tensor Mul(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.mul(scalar);
    }

    /// <inheritdoc cref="Mul(Tensor, double)"/>
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

    /// <summary>x / number.</summary>
    public static Tensor Div(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.div(scalar);
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
}
