using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Sums, products, quotients and powers with plain numbers whose <see cref="Scalar"/> lives until torch is done with it.</summary>
/// <remarks>
/// A <see cref="Scalar"/> is a native object with a finalizer, and TorchSharp passes on only its address. In <c>x.mul(2)</c> nothing holds
/// the scalar of the 2 during the call: a garbage collection frees it while torch still reads it, which gives an exception or a wrong
/// number. <c>x.add(y)</c>, <c>x + y</c>, <c>x.square()</c> and <c>x.softplus()</c> make such a scalar too. Write these methods instead in
/// potentials, energies and objectives of your own; what is not here takes a scalar that you hold, <c>using var two = 2.ToScalar();</c>.
/// Each method is torch's of the same name, and differentiable.
/// </remarks>
public static class Scalars
{
    /// <summary>1, held as long as the process runs.</summary>
    internal static Scalar One { get; } = 1.ToScalar();

    /// <summary>-1, held as long as the process runs.</summary>
    internal static Scalar MinusOne { get; } = (-1).ToScalar();

    /// <summary>2, held as long as the process runs.</summary>
    internal static Scalar Two { get; } = 2.ToScalar();

    /// <summary>x + y, elementwise.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="y">A shape that broadcasts with that of x.</param>
    /// <returns>The broadcast shape.</returns>
    public static Tensor Add(this Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.add(y, alpha: One);
    }

    /// <summary>x + number, elementwise; x - 1 is x + (-1), to the last bit.</summary>
    /// <param name="x">Any shape, floating-point.</param>
    /// <param name="number">Any number.</param>
    /// <returns>Shape and type of x.</returns>
    public static Tensor Add(this Tensor x, double number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scalar = number.ToScalar();
        return x.add(scalar, alpha: One);
    }

    /// <summary>number · x, elementwise.</summary>
    /// <param name="x">Any shape, floating-point.</param>
    /// <param name="number">Any number.</param>
    /// <returns>Shape and type of x.</returns>
    public static Tensor Mul(this Tensor x, double number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scalar = number.ToScalar();
        return x.mul(scalar);
    }

    /// <summary>x / number, elementwise.</summary>
    /// <param name="x">Any shape, floating-point.</param>
    /// <param name="number">Any number.</param>
    /// <returns>Shape and type of x.</returns>
    public static Tensor Div(this Tensor x, double number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scalar = number.ToScalar();
        return x.div(scalar);
    }

    /// <summary>x to a power, elementwise.</summary>
    /// <param name="x">Any shape, floating-point.</param>
    /// <param name="exponent">Any number; NaN where x is negative and the exponent is not whole.</param>
    /// <returns>Shape and type of x.</returns>
    public static Tensor Pow(this Tensor x, double exponent)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scalar = exponent.ToScalar();
        return x.pow(scalar);
    }
}
