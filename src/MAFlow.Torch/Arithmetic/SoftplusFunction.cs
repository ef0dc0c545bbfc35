using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Torch's softplus, whose scalars stay alive until torch is done with them.</summary>
/// <remarks>TorchSharp's public method makes its own and holds none (see <see cref="Scalars"/>); what it calls with them is private.</remarks>
internal static class SoftplusFunction
{
    /// <summary>ln(1 + eˣ), and x itself beyond the threshold.</summary>
    public static Tensor Softplus(this Tensor x, double threshold)
    {
        using var scalar = threshold.ToScalar();
        return Softplus(x, Scalars.One, scalar);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "softplus1")]
    private static extern Tensor Softplus(Tensor x, Scalar beta, Scalar threshold);
}
