using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>One step of a preprocessing recipe: says which transform to fit, without data.</summary>
public abstract class PreprocessingStep
{
    /// <summary>Fits the transform to data.</summary>
    /// <param name="data">Rows [rows, N] as the previous steps left them, float64 on the CPU.</param>
    /// <returns>A transform that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The data cannot be transformed this way.</exception>
    public abstract DataTransform Fit(Tensor data);
}
