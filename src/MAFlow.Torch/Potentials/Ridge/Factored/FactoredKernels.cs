using System.Runtime.Intrinsics;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>The loops of a factored solve in vectors of one width.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <param name="Forward">Those that scoring needs as well.</param>
/// <param name="Reverse">Those of the reverse pass alone.</param>
internal sealed record FactoredKernels<T>(Kernels<T> Forward, TrainingKernels<T> Reverse)
    where T : unmanaged
{
    /// <summary>The kernels for vectors of a width.</summary>
    public static FactoredKernels<T> Of(VectorWidth width) =>
        (FactoredKernels<T>)(typeof(T) == typeof(float) ? Single(width) : (object)Double(width));

    private static FactoredKernels<float> Single(VectorWidth width) => new(Kernels.Single(width), width == VectorWidth.Bits512
        ? new SimdTrainingKernels<Single512, float, Vector512<float>>()
        : new SimdTrainingKernels<Single256, float, Vector256<float>>());

    private static FactoredKernels<double> Double(VectorWidth width) => new(Kernels.Double(width), width == VectorWidth.Bits512
        ? new SimdTrainingKernels<Double512, double, Vector512<double>>()
        : new SimdTrainingKernels<Double256, double, Vector256<double>>());
}
