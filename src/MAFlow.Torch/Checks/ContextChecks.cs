using static TorchSharp.torch;

namespace MAFlow.Torch.Checks;

/// <summary>What rows and their contexts have to be to each other.</summary>
internal static class ContextChecks
{
    /// <summary>Requires one context for each row.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public static void RequireOneForEach(Tensor rows, Tensor context)
    {
        if (context.shape[0] != rows.shape[0])
        {
            throw new ArgumentException(
                $"Expected one context for each of {rows.shape[0]} rows, got {context.shape[0]}; bring rows and contexts of equal number.",
                nameof(context));
        }
    }
}
