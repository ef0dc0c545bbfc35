using TorchSharp;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Torch scalars of the numbers that recur, held as long as the process runs.</summary>
/// <remarks>
/// A <see cref="Scalar"/> is a native object with a finalizer, and TorchSharp passes on only its address: one that nothing holds can be freed by
/// a garbage collection while torch still reads it. So no scalar is made implicitly in this library; each is held here or in a using declaration.
/// </remarks>
internal static class Scalars
{
    /// <summary>1.</summary>
    public static Scalar One { get; } = 1.ToScalar();

    /// <summary>-1.</summary>
    public static Scalar MinusOne { get; } = (-1).ToScalar();

    /// <summary>2.</summary>
    public static Scalar Two { get; } = 2.ToScalar();
}
