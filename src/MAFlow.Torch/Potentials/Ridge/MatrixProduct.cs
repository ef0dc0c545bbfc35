using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>A differentiable matrix product in the arithmetic that a scheme asks for.</summary>
internal static class MatrixProduct
{
    /// <summary>a b, in the type of a.</summary>
    /// <param name="a">Shape [m, k].</param>
    /// <param name="b">Shape [k, n].</param>
    /// <param name="precision">Arithmetic of the factors.</param>
    public static Tensor Of(Tensor a, Tensor b, Precision precision)
    {
        if (precision == Precision.Full)
        {
            return a.mm(b);
        }

        using var scope = NewDisposeScope();
        return Operand(a, precision).mm(Operand(b, precision)).to(a.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>A factor in the type in which products are formed.</summary>
    public static Tensor Operand(Tensor matrix, Precision precision) =>
        precision == Precision.Full ? matrix : matrix.to(ScalarType.BFloat16);
}
