using System.Numerics;
using System.Runtime.Intrinsics;
using MAFlow.Scoring.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>A hidden-space solve with C = L Rᵀ of few coordinates on the CPU: blocks of rows that stay in cache, in our own vector code.
/// On tables a native call per operation costs more than the arithmetic.</summary>
/// <param name="Activation">f.</param>
/// <param name="Grid">Times and steps of one piece.</param>
/// <param name="Tableau">Explicit Runge-Kutta method.</param>
internal sealed record FactoredSolve(Activation Activation, TimeGrid Grid, ButcherTableau Tableau)
{
    /// <summary>Most coordinates N: beyond, native products are as fast.</summary>
    public const long LargestDimension = 96;

    /// <summary>Vectors that are used; tests choose others.</summary>
    public VectorWidth Width { get; init; } = Kernels.Best;

    /// <summary>Whether this solve is the faster one.</summary>
    /// <param name="y">Hidden units [B, h].</param>
    /// <param name="factor">L or R [h, N].</param>
    public bool Suits(Tensor y, Tensor factor) =>
        Vector256.IsHardwareAccelerated && y.device.type == DeviceType.CPU && factor.shape[1] <= LargestDimension
            && y.dtype is ScalarType.Float32 or ScalarType.Float64
            && y.shape[0] * Math.Max(y.shape[1] + 64, Grid.Depth * Tableau.Stages * (factor.shape[1] + 16)) < int.MaxValue;

    /// <summary>Integrates along the grid.</summary>
    /// <param name="y">Hidden units at its start, shape [B, h].</param>
    /// <param name="left">L, shape [h, N].</param>
    /// <param name="right">R, shape [h, N].</param>
    /// <param name="keeps">Whether a reverse pass follows.</param>
    /// <returns>S and F, shape [B, h], and what the reverse pass needs.</returns>
    public (Tensor S, Tensor F, Tensor? Kept) Integrate(Tensor y, Tensor left, Tensor right, bool keeps) => y.dtype == ScalarType.Float32
        ? Integrate<float>(y, left, right, keeps)
        : Integrate<double>(y, left, right, keeps);

    /// <summary>The reverse pass.</summary>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="left">L, shape [h, N].</param>
    /// <param name="right">R, shape [h, N].</param>
    /// <param name="kept">What the forward pass kept.</param>
    /// <param name="gradientS">∂L/∂S, shape [B, h].</param>
    /// <param name="gradientF">∂L/∂F, shape [B, h].</param>
    /// <returns>∂L/∂y, ∂L/∂L and ∂L/∂R.</returns>
    public (Tensor Y, Tensor Left, Tensor Right) Reverse(
        Tensor y, Tensor left, Tensor right, Tensor kept, Tensor gradientS, Tensor gradientF) => y.dtype == ScalarType.Float32
        ? Reverse<float>(y, left, right, kept, gradientS, gradientF)
        : Reverse<double>(y, left, right, kept, gradientS, gradientF);

    private (Tensor S, Tensor F, Tensor? Kept) Integrate<T>(Tensor y, Tensor left, Tensor right, bool keeps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = NewDisposeScope();
        var layout = new FactoredLayout<T>(this, y, left, right);
        var (start, sum, squares) = (layout.Padded(y), layout.Empty(), layout.Empty());
        // Without a reverse pass the points of a block share one place.
        var kept = LargeBuffer.Empty([keeps ? y.shape[0] * layout.KeptPerRow : layout.PartsOf * layout.RowsPerBlock * layout.Dimension], y);
        layout.ForParts(scope, (block, part, blocks) =>
        {
            foreach (var rows in blocks)
            {
                var sums = layout.Rows(sum, rows);
                var ends = layout.Rows(squares, rows);
                var points = keeps ? layout.Kept(kept, rows) : layout.Place(kept, part, rows.Count);
                block.Integrate(rows.Count, layout.Rows(start, rows), points, sums, ends);
                block.Finish(sums, ends);
            }

            return [];
        });
        return (
            layout.Unpadded(sum).MoveToOuterDisposeScope(), layout.Unpadded(squares).MoveToOuterDisposeScope(),
            keeps ? kept.MoveToOuterDisposeScope() : null);
    }

    private (Tensor Y, Tensor Left, Tensor Right) Reverse<T>(
        Tensor y, Tensor left, Tensor right, Tensor kept, Tensor gradientS, Tensor gradientF)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = NewDisposeScope();
        var layout = new FactoredLayout<T>(this, y, left, right);
        // ∂f''/∂s = k₁ + 2k₂ s: the constant part joins S̄.
        var (_, linear, quadratic) = Activation.SecondPolynomial;
        using Scalar constantPart = linear.ToScalar();
        var (start, adjoint) = (layout.Padded(y), layout.Empty());
        var (direct, slope) = (layout.Padded(gradientS.add(gradientF, alpha: constantPart)), layout.Padded(gradientF.Mul(2 * quadratic)));
        var sums = layout.ForParts(scope, (block, _, blocks) =>
        {
            var (forLeft, forRight) = (layout.NoGradient(), layout.NoGradient());
            foreach (var rows in blocks)
            {
                block.Reverse(
                    rows.Count, layout.Rows(start, rows), layout.Kept(kept, rows), layout.Rows(direct, rows), layout.Rows(slope, rows),
                    layout.Rows(adjoint, rows), forLeft.Numbers<T>(), forRight.Numbers<T>());
            }

            return [forLeft, forRight];
        });
        return (
            layout.Unpadded(adjoint).MoveToOuterDisposeScope(),
            layout.Gradient([.. sums.Select(part => part[0])]).MoveToOuterDisposeScope(),
            layout.Gradient([.. sums.Select(part => part[1])]).MoveToOuterDisposeScope());
    }
}
