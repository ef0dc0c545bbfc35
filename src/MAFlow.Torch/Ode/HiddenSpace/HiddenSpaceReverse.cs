using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>The exact derivative of a discrete hidden-space solve, stage by stage in reverse.</summary>
/// <remarks>
/// With adjoint λ of y and upstream S̄, F̄: Rᵢ = bᵢλ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ, Z̄ᵢ = f''(Zᵢ) ∘ [ε Rᵢ Cᵀ + ε bᵢ (S̄ + F̄ ∘ ∂f''/∂s)], λ ← λ + Σᵢ Z̄ᵢ, C̄ = ε Σ sᵢᵀ Rᵢ.
/// The products sᵢᵀ Rᵢ of many stages are formed as one.
/// </remarks>
internal sealed class HiddenSpaceReverse(HiddenSpaceSolve solve, HiddenCoupling coupling, HiddenRecord record)
{
    // Enough rows for the accumulated products to run at full speed; more would only cost memory.
    private const long RowsPerAccumulation = 2048;

    private readonly ButcherTableau tableau = solve.Tableau;

    /// <summary>Runs the reverse pass; the coupling collects its own gradient.</summary>
    /// <param name="gradientS">S̄ = ∂L/∂S, shape [B, h].</param>
    /// <param name="gradientF">F̄ = ∂L/∂F, shape [B, h].</param>
    /// <returns>∂L/∂y at the grid's start, shape [B, h].</returns>
    public Tensor Run(Tensor gradientS, Tensor gradientF)
    {
        using var scope = NewDisposeScope();
        var (batch, width) = (gradientS.shape[0], gradientS.shape[1]);
        // ∂f''/∂s = k₁ + 2k₂ s: the constant part joins S̄.
        var (_, linear, quadratic) = solve.Activation.SecondPolynomial;
        var direct = gradientS.add(gradientF, alpha: linear).mul_(solve.Grid.Step);
        var curved = gradientF.mul(2 * quadratic * solve.Grid.Step);
        var adjoint = zeros_like(gradientS);
        var block = Math.Clamp(RowsPerAccumulation / (batch * tableau.Stages), 1, solve.Grid.Depth);
        var adjoints = empty([block * tableau.Stages, batch, width], dtype: gradientS.dtype, device: gradientS.device);
        for (var end = (long)solve.Grid.Depth; end > 0; end -= block)
        {
            using var blockScope = NewDisposeScope();
            var start = Math.Max(0, end - block);
            var stages = record.Recall(solve, coupling, start, end - start);
            for (var step = end - 1 - start; step >= 0; step--)
            {
                Step(stages.narrow(0, step * tableau.Stages, tableau.Stages), adjoints.narrow(0, step * tableau.Stages, tableau.Stages), direct, curved, adjoint);
            }

            var rows = (end - start) * tableau.Stages;
            coupling.Accumulate(stages.view(rows * batch, width), adjoints.narrow(0, 0, rows).view(rows * batch, width));
        }

        return adjoint.MoveToOuterDisposeScope();
    }

    private void Step(Tensor stages, Tensor adjoints, Tensor direct, Tensor curved, Tensor adjoint)
    {
        using var scope = NewDisposeScope();
        var results = new Tensor[tableau.Stages];
        for (var i = tableau.Stages - 1; i >= 0; i--)
        {
            var s = stages[i];
            var r = adjoints[i].copy_(adjoint).mul_(tableau.B[i]);
            for (var l = i + 1; l < tableau.Stages; l++)
            {
                if (tableau.A[l][i] != 0)
                {
                    r.add_(results[l], alpha: tableau.A[l][i]);
                }
            }

            var result = coupling.ApplyTransposed(r);
            if (tableau.B[i] != 0)
            {
                result.add_(direct, alpha: tableau.B[i]).addcmul_(curved, s, tableau.B[i]);
            }

            results[i] = result.mul_(solve.Activation.Second(s));
        }

        foreach (var result in results)
        {
            adjoint.add_(result);
        }
    }
}
