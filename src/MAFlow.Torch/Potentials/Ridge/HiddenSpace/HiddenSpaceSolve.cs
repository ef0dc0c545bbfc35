using MAFlow.Scoring.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>
/// Integrates a ridge potential's hidden units: dy/dt = f'(y) C together with S = ∫ f'(y) dt and F = ∫ f''(y) dt.
/// </summary>
/// <remarks>
/// A ridge potential sees x only through y = xWᵀ + b, and Runge-Kutta methods commute with linear maps, so integrating y gives the numbers
/// of integrating x:
/// x(T) = x(0) + (S ∘ a) W and ln p(T) = ln p(0) - Σⱼ aⱼ|wⱼ|² Fⱼ. With stages Zᵢ and sᵢ = f'(Zᵢ):
/// Zᵢ = y + ε Σ_{j&lt;i} Aᵢⱼ sⱼ C, y⁺ = y + ε Σ bᵢ sᵢ C, S⁺ = S + ε Σ bᵢ sᵢ, F⁺ = F + ε Σ bᵢ f''(Zᵢ).
/// </remarks>
/// <param name="Activation">f.</param>
/// <param name="Grid">Times and steps of one piece.</param>
/// <param name="Tableau">Explicit Runge-Kutta method.</param>
/// <param name="Precision">Arithmetic of the products.</param>
/// <param name="Recompute">Whether a reverse pass keeps step boundaries only.</param>
/// <param name="Form">How the coupling is applied.</param>
internal sealed record HiddenSpaceSolve(
    Activation Activation, TimeGrid Grid, ButcherTableau Tableau, Precision Precision, bool Recompute, CouplingForm Form)
{
    // Bounds the memory of scoring. Smaller blocks would keep elementwise operations in cache, but products of few rows cost more than that
    // saves.
    private const long FloatsPerBlock = 2 << 20;

    /// <summary>Whether ∫ s ∘ (s C) dt is wanted, from which the kinetic energy follows.</summary>
    public bool WithWork { get; init; }

    /// <summary>Whether our own vector code may be used where it is faster; a test compares it with tensor operations.</summary>
    public bool InVectors { get; init; } = true;

    /// <summary>Vectors of that code; tests choose others.</summary>
    public VectorWidth Width { get; init; } = Kernels.Best;

    /// <summary>Integrates along the grid, keeping nothing: block after block of rows.</summary>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="coupling">C.</param>
    public HiddenIntegrals Integrate(Tensor y, HiddenCoupling coupling)
    {
        var (rows, width) = (y.shape[0], y.shape[1]);
        var block = Math.Max(16, FloatsPerBlock / width);
        if (!WithWork && HiddenSpaceRows.Suits(y) && coupling.ToMatrix() is { } matrix)
        {
            var (sum, second) = HiddenSpaceRows.Integrate(this, y, matrix);
            return new(sum, second);
        }

        if (rows <= block || y.device.type != DeviceType.CPU)
        {
            return Integrate(y, coupling, HiddenRecord.None(this, y));
        }

        using var scope = NewDisposeScope();
        var whole = new HiddenIntegrals(empty_like(y), empty_like(y), WithWork ? empty_like(y) : null);
        for (var start = 0L; start < rows; start += block)
        {
            using var blockScope = NewDisposeScope();
            var count = Math.Min(block, rows - start);
            var rowsOfBlock = y.narrow(0, start, count);
            var part = Integrate(rowsOfBlock, coupling, HiddenRecord.None(this, rowsOfBlock));
            foreach (var (all, some) in whole.Tensors.Zip(part.Tensors))
            {
                all.narrow(0, start, count).copy_(some);
            }
        }

        return whole.MoveToOuterDisposeScope();
    }

    /// <summary>Integrates along the grid, telling a record about each step.</summary>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="coupling">C.</param>
    /// <param name="record">Keeps what a reverse pass needs.</param>
    public HiddenIntegrals Integrate(Tensor y, HiddenCoupling coupling, HiddenRecord record)
    {
        LargeBuffer.KeepFreedMemory();
        using var scope = NewDisposeScope();
        var passes = StagePasses.For(this, y);
        var (sum, squares, work) = (zeros_like(y), zeros_like(y), WithWork ? zeros_like(y) : null);
        var products = empty([Tableau.Stages, y.shape[0], y.shape[1]], dtype: y.dtype, device: y.device);
        y = y.contiguous().clone();
        for (var step = 0; step < Grid.Depth; step++)
        {
            using var stepScope = NewDisposeScope();
            var isLastStep = step + 1 == Grid.Depth;
            var stages = record.Begin(step, y);
            Stages(y, coupling, passes, stages, products, isLastStep && !WithWork);
            passes.Advance(stages, products, sum, squares, isLastStep ? null : y);
            if (work is not null)
            {
                AddWork(work, stages, products);
            }
        }

        // f'' is a polynomial in s, so its integral follows from those of s and s²: no pass over the stages is spent on it.
        var (constant, linear, quadratic) = Activation.SecondPolynomial;
        using Scalar k0 = (constant * Grid.Depth).ToScalar();
        using Scalar k1 = linear.ToScalar();
        using Scalar k2 = quadratic.ToScalar();
        using Scalar epsilon = Grid.Step.ToScalar();
        var second = squares.mul_(k2).add_(sum, alpha: k1).add_(k0, alpha: Scalars.One).mul_(epsilon);
        return new HiddenIntegrals(sum.mul_(epsilon), second, work).MoveToOuterDisposeScope();
    }

    /// <summary>One step's stages: fills <paramref name="stages"/> with sᵢ.</summary>
    /// <param name="y">Hidden units at the step's start.</param>
    /// <param name="coupling">C.</param>
    /// <param name="passes">What is done between the products.</param>
    /// <param name="stages">Buffer for f' of each stage, shape [stages, B, h].</param>
    /// <param name="products">Buffer for ε sᵢ C, shape [stages, B, h].</param>
    /// <param name="isLastStep">Whether nothing follows, so that only the products which later stages read are formed.</param>
    public void Stages(Tensor y, HiddenCoupling coupling, StagePasses passes, Tensor stages, Tensor products, bool isLastStep)
    {
        for (var i = 0; i < Tableau.Stages; i++)
        {
            var s = stages[i];
            passes.Point(y, products, i, s);
            if (!isLastStep || Tableau.IsReadLater(i))
            {
                coupling.Apply(s, products[i]);
            }
        }
    }

    /// <summary>work += Σ bᵢ sᵢ ∘ Pᵢ; the products have ε in them.</summary>
    private void AddWork(Tensor work, Tensor stages, Tensor products)
    {
        var weights = Tableau.Scalars.B;
        for (var i = 0; i < Tableau.Stages; i++)
        {
            if (weights[i] is { } weight)
            {
                work.addcmul_(stages[i], products[i], weight);
            }
        }
    }
}
