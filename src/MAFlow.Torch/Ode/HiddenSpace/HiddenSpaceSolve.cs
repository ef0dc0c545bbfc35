using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>
/// Integrates a ridge potential's hidden units: dy/dt = f'(y) C together with S = ∫ f'(y) dt and F = ∫ f''(y) dt, and runs that integration in reverse for gradients.
/// </summary>
/// <remarks>
/// A ridge potential sees x only through y = xWᵀ + b, and Runge-Kutta methods commute with linear maps, so integrating y gives the numbers of integrating x:
/// x(T) = x(0) + (S ∘ a) W and ln p(T) = ln p(0) - Σⱼ aⱼ|wⱼ|² Fⱼ. With stages Zᵢ and sᵢ = f'(Zᵢ):
/// Zᵢ = y + ε Σ_{j&lt;i} Aᵢⱼ sⱼ C, y⁺ = y + ε Σ bᵢ sᵢ C, S⁺ = S + ε Σ bᵢ sᵢ, F⁺ = F + ε Σ bᵢ f''(Zᵢ).
/// The reverse pass differentiates the discrete method exactly. Since f'' and f''' are polynomials in s, the stages' s are all that is kept.
/// </remarks>
internal sealed class HiddenSpaceSolve(Activation activation, ButcherTableau tableau, TimeGrid grid)
{
    // Enough rows for the accumulated products sᵀr to run at full speed; more would only cost memory.
    private const long RowsPerAccumulation = 2048;

    /// <summary>Signed step ε.</summary>
    public double Step => grid.Step;

    /// <summary>Total number of stages of the solve.</summary>
    public long StageCount => (long)grid.Depth * tableau.Stages;

    /// <summary>Integrates forwards along the grid.</summary>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="coupling">C.</param>
    /// <param name="kept">Where f' of every stage is kept for the reverse pass, shape [stages, B, h]; null keeps none.</param>
    /// <returns>S and F, shape [B, h].</returns>
    public (Tensor S, Tensor F) Forward(Tensor y, HiddenCoupling coupling, Tensor? kept)
    {
        using var scope = NewDisposeScope();
        var (sum, squares) = (zeros_like(y), zeros_like(y));
        y = y.clone();
        for (var step = 0; step < grid.Depth; step++)
        {
            using var stepScope = NewDisposeScope();
            var products = new Tensor[tableau.Stages];
            for (var i = 0; i < tableau.Stages; i++)
            {
                var s = kept is null ? y.clone() : kept[((long)step * tableau.Stages) + i].copy_(y);
                for (var j = 0; j < i; j++)
                {
                    AddScaled(s, products[j], tableau.A[i][j]);
                }

                activation.First_(s);
                products[i] = coupling.Apply(s);
                AddScaled(sum, s, tableau.B[i]);
                squares.addcmul_(s, s, tableau.B[i]);
            }

            for (var i = 0; i < tableau.Stages; i++)
            {
                AddScaled(y, products[i], tableau.B[i]);
            }
        }

        // f'' is a polynomial in s, so its integral follows from those of s and s²: no pass over the stages is spent on it.
        var second = activation.SecondIntegral(sum, squares, grid.Depth).mul_(Step);
        return (sum.mul_(Step).MoveToOuterDisposeScope(), second.MoveToOuterDisposeScope());
    }

    /// <summary>Differentiates <see cref="Forward"/>.</summary>
    /// <param name="gradientS">∂L/∂S, shape [B, h].</param>
    /// <param name="gradientF">∂L/∂F, shape [B, h].</param>
    /// <param name="coupling">C; its gradient is accumulated.</param>
    /// <param name="kept">What the forward pass kept.</param>
    /// <returns>∂L/∂y at the grid's start, shape [B, h].</returns>
    public Tensor Backward(Tensor gradientS, Tensor gradientF, HiddenCoupling coupling, Tensor kept)
    {
        using var scope = NewDisposeScope();
        var (batch, width) = (gradientS.shape[0], gradientS.shape[1]);
        // ∂f''/∂s = c₀ + c₁ s: the constant part joins ∂L/∂S.
        var (constant, slope) = activation.SecondSlope;
        var direct = gradientS.add(gradientF, alpha: constant).mul_(Step);
        var curved = gradientF.mul(slope * Step);
        var adjoint = zeros_like(gradientS);
        var block = Math.Clamp(RowsPerAccumulation / (batch * tableau.Stages), 1, grid.Depth);
        var adjoints = empty([block * tableau.Stages, batch, width], dtype: gradientS.dtype, device: gradientS.device);
        for (var end = (long)grid.Depth; end > 0; end -= block)
        {
            var start = Math.Max(0, end - block);
            for (var step = end - 1; step >= start; step--)
            {
                BackwardStep(kept.narrow(0, step * tableau.Stages, tableau.Stages), adjoints.narrow(0, (step - start) * tableau.Stages, tableau.Stages), direct, curved, adjoint, coupling);
            }

            using var blockScope = NewDisposeScope();
            var rows = (end - start) * tableau.Stages;
            coupling.Accumulate(kept.narrow(0, start * tableau.Stages, rows).view(rows * batch, width), adjoints.narrow(0, 0, rows).view(rows * batch, width));
        }

        return adjoint.MoveToOuterDisposeScope();
    }

    /// <summary>Rᵢ = bᵢλ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ, Z̄ᵢ = f''(Zᵢ) ∘ [ε Rᵢ Cᵀ + ε bᵢ (S̄ + F̄ ∂f''/∂s)], λ ← λ + Σᵢ Z̄ᵢ.</summary>
    private void BackwardStep(Tensor kept, Tensor adjoints, Tensor direct, Tensor curved, Tensor adjoint, HiddenCoupling coupling)
    {
        using var scope = NewDisposeScope();
        var stages = new Tensor[tableau.Stages];
        for (var i = tableau.Stages - 1; i >= 0; i--)
        {
            var s = kept[i];
            var r = adjoints[i].copy_(adjoint).mul_(tableau.B[i]);
            for (var l = i + 1; l < tableau.Stages; l++)
            {
                AddScaled(r, stages[l], tableau.A[l][i]);
            }

            var stage = coupling.ApplyTransposed(r);
            AddScaled(stage, direct, tableau.B[i]);
            stage.addcmul_(curved, s, tableau.B[i]);
            stages[i] = stage.mul_(activation.Second(s));
        }

        foreach (var stage in stages)
        {
            adjoint.add_(stage);
        }
    }

    private static void AddScaled(Tensor target, Tensor increment, double factor)
    {
        if (factor != 0)
        {
            target.add_(increment, alpha: factor);
        }
    }
}
