using System.Runtime.Intrinsics;

namespace MAFlow.Scoring.Numerics;

/// <summary>The loops over numbers that scoring spends its time in. Every number comes out the same in any batch and with any width of
/// vectors.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal abstract class Kernels<T>
    where T : unmanaged
{
    /// <summary>c = start + factor · a b, each sum over k in order with one rounding per term.</summary>
    /// <param name="a">Rows of the left factor.</param>
    /// <param name="strideA">Distance between its rows, at least K.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="b">Right factor [K, M].</param>
    /// <param name="start">What is added to: rows of M numbers.</param>
    /// <param name="strideStart">Distance between its rows; 0 for one row that serves all.</param>
    /// <param name="factor">Factor of the product.</param>
    /// <param name="c">Result: rows of M numbers, one after the other. It may be the start.</param>
    public abstract void Multiply(
        ReadOnlySpan<T> a, int strideA, int rows, Panels<T> b, ReadOnlySpan<T> start, int strideStart, T factor, Span<T> c);

    /// <summary>s = 1/(1 + e⁻ʸ), squares += weight · s².</summary>
    public abstract void Logistic(ReadOnlySpan<T> y, Span<T> s, Span<T> squares, T weight);

    /// <summary>s = tanh y, squares += weight · s².</summary>
    public abstract void Tangent(ReadOnlySpan<T> y, Span<T> s, Span<T> squares, T weight);

    /// <summary>target = step · Σ weightᵢ stageᵢ, which is added to a sum as well where there is one.</summary>
    /// <param name="stages">Stages one after the other, each as long as the target.</param>
    /// <param name="terms">At least one.</param>
    /// <param name="step">Factor of all weights.</param>
    /// <param name="target">Result; it may be one of the stages.</param>
    /// <param name="sum">What it is added to; empty where there is none.</param>
    public abstract void Combine(ReadOnlySpan<T> stages, ReadOnlySpan<Term> terms, double step, Span<T> target, Span<T> sum);

    /// <summary>adjoint ← (k₀ + k₁s + k₂s²) ∘ (adjoint + weight (direct + s ∘ slope)).</summary>
    /// <param name="s">f' of a stage, rows of h numbers.</param>
    /// <param name="second">f'' as a polynomial in s.</param>
    /// <param name="weight">Weight of the stage.</param>
    /// <param name="direct">Rows of h numbers.</param>
    /// <param name="slope">h numbers, the same for all rows.</param>
    /// <param name="adjoint">Rows of h numbers, changed in place.</param>
    public abstract void Adjoint(
        ReadOnlySpan<T> s, SecondDerivative second, T weight, ReadOnlySpan<T> direct, ReadOnlySpan<T> slope, Span<T> adjoint);
}

/// <summary>Which vectors are used.</summary>
internal enum VectorWidth
{
    Bits256,
    Bits512,
}

/// <summary>A stage and its weight in a sum.</summary>
internal readonly record struct Term(int Stage, double Weight);

/// <summary>f'' = k₀ + k₁s + k₂s² as a polynomial in s = f'.</summary>
internal readonly record struct SecondDerivative(double Constant, double Linear, double Quadratic);

/// <summary>The kernels for this processor.</summary>
internal static class Kernels
{
    public static VectorWidth Best => Vector512.IsHardwareAccelerated ? VectorWidth.Bits512 : VectorWidth.Bits256;

    public static Kernels<float> Single(VectorWidth width) => width == VectorWidth.Bits512
        ? new SimdKernels<Single512, float, Vector512<float>>()
        : new SimdKernels<Single256, float, Vector256<float>>();

    public static Kernels<double> Double(VectorWidth width) => width == VectorWidth.Bits512
        ? new SimdKernels<Double512, double, Vector512<double>>()
        : new SimdKernels<Double256, double, Vector256<double>>();
}
