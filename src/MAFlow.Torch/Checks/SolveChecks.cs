using static TorchSharp.torch;

namespace MAFlow.Torch.Checks;

/// <summary>Whether a solve stayed inside the range of its numbers: one that diverges gives NaN or infinity, and no error of its
/// own.</summary>
/// <remarks>
/// What draws or averages requires it, because its caller cannot tell whom a NaN came from. What answers row by row does not: one row that
/// diverges must not take away the answers of the others.
/// </remarks>
internal static class SolveChecks
{
    /// <summary>Requires that every row is finite in all tensors; one number leaves their device.</summary>
    /// <param name="what">What the rows are, for the message.</param>
    /// <param name="depth">Depth of the solve.</param>
    /// <param name="values">What the solve gave, each [B] or [B, N].</param>
    /// <exception cref="InvalidOperationException">A row is not finite.</exception>
    public static void RequireFinite(string what, int depth, params ReadOnlySpan<Tensor> values)
    {
        using var scope = NewDisposeScope();
        var finite = Finite(values[0]);
        foreach (var more in values[1..])
        {
            finite = finite.logical_and(Finite(more));
        }

        if (finite.all().item<bool>())
        {
            return;
        }

        var wrong = finite.logical_not().nonzero();
        throw new InvalidOperationException(
            $"Expected finite numbers in {what}, got NaN or infinity in {wrong.shape[0]} of {finite.shape[0]} rows, first in row "
            + $"{wrong[0, 0].item<long>()}: the solve diverged at depth {depth}. Raise the depth; where that does not help, "
            + "the flow itself is at fault, so train it again with a lower learning rate or more weight decay.");
    }

    /// <summary>Which rows are finite, shape [B].</summary>
    public static Tensor Finite(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.isfinite().reshape(values.shape[0], -1).all(1).MoveToOuterDisposeScope();
    }
}
