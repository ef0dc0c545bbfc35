using System.Runtime.Intrinsics;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>The loops of <see cref="VectorPasses{T}"/> over a part of the numbers. Spans hold all of them, several stages one after the
/// other.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal abstract class StageKernels<T>
    where T : unmanaged
{
    /// <summary>The kernels for vectors of a width.</summary>
    public static StageKernels<T> Of(VectorWidth width) =>
        (StageKernels<T>)(typeof(T) == typeof(float) ? Single(width) : (object)Double(width));

    /// <summary>s = 1/(1 + e⁻ᶻ) at z = y + Σ weightⱼ productⱼ.</summary>
    public abstract void Logistic(ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part);

    /// <summary>s = tanh z at z = y + Σ weightⱼ productⱼ.</summary>
    public abstract void Tangent(ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part);

    /// <summary>sum += Σ weightⱼ stageⱼ, squares += Σ weightⱼ stageⱼ², y += Σ weightⱼ productⱼ.</summary>
    /// <remarks>Where y is empty, its sum is left out.</remarks>
    public abstract void Advance(
        ReadOnlySpan<T> stages, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> sum, Span<T> squares, Span<T> y, Part part);

    /// <summary>target = Σ weightⱼ stageⱼ; the target may be one of the stages.</summary>
    public abstract void Combine(ReadOnlySpan<T> stages, ReadOnlySpan<Term> terms, Span<T> target, Part part);

    /// <summary>adjoint ← (k₀ + k₁s + k₂s²) ∘ (adjoint + weight (direct + s ∘ slope)).</summary>
    public abstract void Curve(
        ReadOnlySpan<T> s, SecondDerivative second, double weight, ReadOnlySpan<T> direct, ReadOnlySpan<T> slope, Span<T> adjoint,
        Part part);

    private static StageKernels<float> Single(VectorWidth width) => width == VectorWidth.Bits512
        ? new SimdStageKernels<Single512, float, Vector512<float>>()
        : new SimdStageKernels<Single256, float, Vector256<float>>();

    private static StageKernels<double> Double(VectorWidth width) => width == VectorWidth.Bits512
        ? new SimdStageKernels<Double512, double, Vector512<double>>()
        : new SimdStageKernels<Double256, double, Vector256<double>>();
}
