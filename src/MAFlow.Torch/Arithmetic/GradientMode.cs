using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Switches derivatives on for a while, whatever the caller has switched off.</summary>
/// <remarks>What is made in inference mode can never be differentiated or trained, and enable_grad alone does not end that mode.</remarks>
internal static class GradientMode
{
    /// <summary>Records for autograd until the result is disposed.</summary>
    public static IDisposable Recording() => LeaveInference() ?? enable_grad();

    /// <summary>Leaves a caller's inference mode until the result is disposed; null where there is none.</summary>
    public static IDisposable? LeaveInference() => is_inference_mode_enabled() ? inference_mode(false) : null;

    /// <summary>A tensor that may be differentiated and trained: a copy in inference mode, else the same.</summary>
    public static Tensor Trainable(Tensor made)
    {
        using var left = LeaveInference();
        if (left is null)
        {
            return made;
        }

        using var before = made;
        return made.clone();
    }
}
