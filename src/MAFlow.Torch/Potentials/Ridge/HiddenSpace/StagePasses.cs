using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>What a hidden-space solve and its reverse pass do with the hidden units between two products, element by element.</summary>
/// <remarks>The formulas are those of <see cref="HiddenSpaceSolve"/> and <see cref="HiddenSpaceReverse"/>. Stages of a step lie one
/// after the other, shape [stages, B, h].</remarks>
internal abstract class StagePasses
{
    /// <summary>The faster passes for hidden units.</summary>
    /// <param name="solve">Method and grid.</param>
    /// <param name="like">Hidden units, shape [B, h].</param>
    public static StagePasses For(HiddenSpaceSolve solve, Tensor like) => solve.InVectors && VectorPasses<float>.Suits(solve, like)
        ? like.dtype == ScalarType.Float32 ? new VectorPasses<float>(solve) : new VectorPasses<double>(solve)
        : new TensorPasses(solve);

    /// <summary>sᵢ = f'(y + Σ_{j&lt;i} Aᵢⱼ Pⱼ).</summary>
    /// <param name="y">Hidden units at the step's start, shape [B, h].</param>
    /// <param name="products">P = ε s C of the stages.</param>
    /// <param name="stage">i.</param>
    /// <param name="s">Filled with sᵢ, shape [B, h].</param>
    public abstract void Point(Tensor y, Tensor products, int stage, Tensor s);

    /// <summary>The end of a step: sum += Σ bᵢ sᵢ, squares += Σ bᵢ sᵢ², y += Σ bᵢ Pᵢ.</summary>
    /// <param name="stages">s of the stages.</param>
    /// <param name="products">P of the stages.</param>
    /// <param name="sum">Shape [B, h].</param>
    /// <param name="squares">Shape [B, h].</param>
    /// <param name="y">Hidden units, shape [B, h]; null after the last step, whose end nobody reads.</param>
    public abstract void Advance(Tensor stages, Tensor products, Tensor sum, Tensor squares, Tensor? y);

    /// <summary>Rᵢ = bᵢ λ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ.</summary>
    /// <param name="adjoints">Z̄ of the stages, and behind them λ: shape [stages + 1, B, h].</param>
    /// <param name="stage">i.</param>
    /// <param name="r">Filled with Rᵢ, shape [B, h].</param>
    public abstract void Gather(Tensor adjoints, int stage, Tensor r);

    /// <summary>Z̄ᵢ = f''(Zᵢ) ∘ (Z̄ᵢ + bᵢ (direct + curved ∘ sᵢ)), in place.</summary>
    /// <param name="s">sᵢ, shape [B, h].</param>
    /// <param name="direct">ε (S̄ + k₁ F̄), shape [B, h].</param>
    /// <param name="curved">2 ε k₂ F̄, shape [B, h].</param>
    /// <param name="stage">i.</param>
    /// <param name="adjoint">ε Rᵢ Cᵀ, which becomes Z̄ᵢ, shape [B, h].</param>
    public abstract void Curve(Tensor s, Tensor direct, Tensor curved, int stage, Tensor adjoint);

    /// <summary>λ += Σ Z̄ᵢ.</summary>
    /// <param name="adjoints">Z̄ of the stages, and behind them λ: shape [stages + 1, B, h].</param>
    public abstract void Collect(Tensor adjoints);
}
