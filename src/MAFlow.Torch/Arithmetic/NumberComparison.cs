using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Torch's comparisons with plain numbers, whose scalars stay alive until torch is done with them.</summary>
/// <remarks>Each method is torch's of the same name; see <see cref="Scalars"/>.</remarks>
internal static class NumberComparison
{
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
}
