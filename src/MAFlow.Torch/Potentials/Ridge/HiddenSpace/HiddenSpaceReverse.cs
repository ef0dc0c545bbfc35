using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>The exact derivative of a discrete hidden-space solve, stage by stage in reverse.</summary>
/// <remarks>
/// With adjoint λ of y and upstream S̄, F̄: Rᵢ = bᵢλ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ, Z̄ᵢ = f''(Zᵢ) ∘ [ε Rᵢ Cᵀ + ε bᵢ (S̄ + F̄ ∘ ∂f''/∂s)],
/// λ ← λ + Σᵢ Z̄ᵢ, C̄ = ε Σ sᵢᵀ Rᵢ.
/// The products sᵢᵀ Rᵢ of many stages are formed as one.
/// Work Q = Σ ε bᵢ sᵢ ∘ (sᵢ C) adds bᵢ Q̄ ∘ sᵢ to Rᵢ, and to Z̄ᵢ beyond that ε bᵢ f'' ∘ Q̄ ∘ (sᵢ C). Its only reader is the kinetic energy
/// Q·a, so that Q̄ is a multiple of a in each row; and since a ∘ (s C) = (a ∘ s) Cᵀ for C = diag(a) W Wᵀ, the two are equal: no product
/// more.
/// </remarks>
internal sealed class HiddenSpaceReverse(HiddenSpaceSolve solve, HiddenCoupling coupling, HiddenRecord record)
{
    // Enough rows for the accumulated products to run at full speed; more would only cost memory.
    private const long RowsPerAccumulation = 512;

    private readonly ButcherTableau _tableau = solve.Tableau;
    private StagePasses _passes = null!;

    /// <summary>Runs the reverse pass; the coupling collects its own gradient.</summary>
    /// <param name="gradientS">S̄ = ∂L/∂S, shape [B, h].</param>
    /// <param name="gradientF">F̄ = ∂L/∂F, shape [B, h].</param>
    /// <param name="gradientWork">Q̄ = ∂L/∂Q, a multiple of the amplitudes in each row; null where the loss does not depend on Q.</param>
    /// <returns>∂L/∂y at the grid's start, shape [B, h].</returns>
    public Tensor Run(Tensor gradientS, Tensor gradientF, Tensor? gradientWork)
    {
        using var scope = NewDisposeScope();
        _passes = StagePasses.For(solve, gradientS);
        var (batch, width) = (gradientS.shape[0], gradientS.shape[1]);
        // ∂f''/∂s = k₁ + 2k₂ s: the constant part joins S̄.
        var (_, linear, quadratic) = solve.Activation.SecondPolynomial;
        using Scalar constantPart = linear.ToScalar();
        using Scalar step = solve.Grid.Step.ToScalar();
        using Scalar slope = (2 * quadratic * solve.Grid.Step).ToScalar();
        var direct = gradientS.add(gradientF, alpha: constantPart).mul_(step);
        var curved = gradientF.mul(slope);
        var block = Math.Clamp(RowsPerAccumulation / (batch * _tableau.Stages), 1, solve.Grid.Depth);
        // Z̄ of a step's stages, and behind them λ.
        var adjoints = empty([_tableau.Stages + 1, batch, width], dtype: gradientS.dtype, device: gradientS.device);
        adjoints[_tableau.Stages].zero_();
        var gathered = LargeBuffer.Empty([block * _tableau.Stages, batch, width], gradientS);
        for (var end = (long)solve.Grid.Depth; end > 0; end -= block)
        {
            using var blockScope = NewDisposeScope();
            var start = Math.Max(0, end - block);
            var stages = record.Recall(solve, coupling, start, end - start);
            for (var k = end - 1 - start; k >= 0; k--)
            {
                Step(
                    stages.narrow(0, k * _tableau.Stages, _tableau.Stages), gathered.narrow(0, k * _tableau.Stages, _tableau.Stages),
                    direct, curved, gradientWork, adjoints);
            }

            var rows = (end - start) * _tableau.Stages;
            coupling.Accumulate(stages.view(rows * batch, width), gathered.narrow(0, 0, rows).view(rows * batch, width));
        }

        return adjoints[_tableau.Stages].clone().MoveToOuterDisposeScope();
    }

    private void Step(Tensor stages, Tensor gathered, Tensor direct, Tensor curved, Tensor? work, Tensor adjoints)
    {
        using var scope = NewDisposeScope();
        for (var i = _tableau.Stages - 1; i >= 0; i--)
        {
            var (s, r, own) = (stages[i], gathered[i], adjoints[i]);
            _passes.Gather(adjoints, i, r);
            AddWork(r, s, work, 2 * _tableau.B[i]);
            coupling.ApplyTransposed(r, own);
            AddWork(r, s, work, -_tableau.B[i]);
            _passes.Curve(s, direct, curved, i, own);
        }

        _passes.Collect(adjoints);
    }

    /// <summary>r ← r + share · Q̄ ∘ s.</summary>
    private static void AddWork(Tensor r, Tensor s, Tensor? work, double share)
    {
        if (work is not null && share != 0)
        {
            using Scalar scalar = share.ToScalar();
            r.addcmul_(work, s, scalar);
        }
    }
}
