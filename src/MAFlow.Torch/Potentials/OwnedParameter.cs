using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>A parameter with a copy of a tensor's numbers, which outlives the tensor and the scope that made it.</summary>
internal static class OwnedParameter
{
    /// <summary>Contiguous, or the bytes of a transposed tensor could not be stored.</summary>
    public static Parameter Of(Tensor source)
    {
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        return new(source.detach().contiguous().clone().DetachFromDisposeScope());
    }
}
