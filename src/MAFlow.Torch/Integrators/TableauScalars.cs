using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>The coefficients of a tableau as torch scalars; null where a coefficient is zero and its operation can be left out.</summary>
internal sealed class TableauScalars(ButcherTableau tableau)
{
    /// <summary>Aᵢⱼ.</summary>
    public Scalar?[][] A { get; } = [.. tableau.A.Select(row => row.Select(ToScalar).ToArray())];

    /// <summary>bᵢ.</summary>
    public Scalar?[] B { get; } = [.. tableau.B.Select(ToScalar)];

    /// <summary>target ← target + coefficient · increment.</summary>
    public static void Add(Tensor target, Tensor increment, Scalar? coefficient)
    {
        if (coefficient is not null)
        {
            target.add_(increment, alpha: coefficient);
        }
    }

    private static Scalar? ToScalar(double value) => value == 0 ? null : value.ToScalar();
}
