using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>What a solve keeps of its stages for the reverse pass.</summary>
/// <param name="kept">The one tensor that is saved with the autograd node; null when nothing is kept.</param>
internal abstract class HiddenRecord(Tensor? kept)
{
    /// <summary>The one tensor that is saved with the autograd node; null when nothing is kept.</summary>
    public Tensor? Kept { get; } = kept;

    /// <summary>A record for a reverse pass, as the scheme asks for it.</summary>
    /// <param name="solve">The solve.</param>
    /// <param name="y">Hidden units [B, h].</param>
    public static HiddenRecord For(HiddenSpaceSolve solve, Tensor y)
    {
        var units = solve.Grid.Depth * (solve.Recompute ? 1L : solve.Tableau.Stages);
        var kept = LargeBuffer.Empty([units, y.shape[0], y.shape[1]], y);
        return solve.Recompute ? new BoundaryRecord(kept, solve.Tableau.Stages, Buffers(1, solve.Tableau.Stages, y)) : Reopen(solve, kept);
    }

    /// <summary>The record around a tensor that was saved, for the reverse pass.</summary>
    public static HiddenRecord Reopen(HiddenSpaceSolve solve, Tensor kept) =>
        solve.Recompute ? new BoundaryRecord(kept, solve.Tableau.Stages, null) : new StageRecord(kept, solve.Tableau.Stages);

    /// <summary>A record that keeps nothing.</summary>
    public static HiddenRecord None(HiddenSpaceSolve solve, Tensor y) => new NoRecord(Buffers(1, solve.Tableau.Stages, y));

    /// <summary>Begins a step.</summary>
    /// <param name="step">Index of the step.</param>
    /// <param name="y">Hidden units at its start.</param>
    /// <returns>A buffer for f' of each stage, shape [stages, B, h].</returns>
    public abstract Tensor Begin(int step, Tensor y);

    /// <summary>f' of the stages of consecutive steps.</summary>
    /// <param name="solve">The solve.</param>
    /// <param name="coupling">C.</param>
    /// <param name="start">First step.</param>
    /// <param name="count">Number of steps.</param>
    /// <returns>Shape [count stages, B, h].</returns>
    public abstract Tensor Recall(HiddenSpaceSolve solve, HiddenCoupling coupling, long start, long count);

    private static Tensor Buffers(long steps, long stages, Tensor y) =>
        LargeBuffer.Empty([steps * stages, y.shape[^2], y.shape[^1]], y);

    /// <summary>One set of buffers serves every step.</summary>
    private sealed class NoRecord(Tensor buffers) : HiddenRecord(null)
    {
        public override Tensor Begin(int step, Tensor y) => buffers.alias();

        public override Tensor Recall(HiddenSpaceSolve solve, HiddenCoupling coupling, long start, long count) =>
            throw new InvalidOperationException("A solve without a record has no reverse pass.");
    }

    /// <summary>Every stage, shape [d stages, B, h].</summary>
    private sealed class StageRecord(Tensor kept, long stages) : HiddenRecord(kept)
    {
        public override Tensor Begin(int step, Tensor y) => Kept!.narrow(0, step * stages, stages);

        public override Tensor Recall(HiddenSpaceSolve solve, HiddenCoupling coupling, long start, long count) =>
            Kept!.narrow(0, start * stages, count * stages);
    }

    /// <summary>The start of every step, shape [d, B, h]; the stages are computed again.</summary>
    private sealed class BoundaryRecord(Tensor kept, long stages, Tensor? buffers) : HiddenRecord(kept)
    {
        public override Tensor Begin(int step, Tensor y)
        {
            Kept![step].copy_(y);
            return buffers!.alias();
        }

        public override Tensor Recall(HiddenSpaceSolve solve, HiddenCoupling coupling, long start, long count)
        {
            using var scope = NewDisposeScope();
            var recalled = Buffers(count, stages, Kept!);
            var (passes, products) = (StagePasses.For(solve, Kept![0]), Buffers(1, stages, Kept!));
            for (var step = 0L; step < count; step++)
            {
                using var stepScope = NewDisposeScope();
                solve.Stages(Kept![start + step], coupling, passes, recalled.narrow(0, step * stages, stages), products, isLastStep: true);
            }

            return recalled.MoveToOuterDisposeScope();
        }
    }
}
