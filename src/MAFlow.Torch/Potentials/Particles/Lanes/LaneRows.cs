using System.Runtime.Intrinsics;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>Solves and their derivatives, for some rows of a block at a time.</summary>
/// <remarks>Points are [D, n, R] as in <see cref="ParticleShape"/>; the stages of a record come one after the other.</remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal abstract class LaneRows<T>
    where T : unmanaged
{
    /// <summary>Rows at a time.</summary>
    public abstract int Lanes { get; }

    /// <summary>Number of stages of a step that there is room for.</summary>
    public abstract int Stages { get; }

    /// <summary>Lanes of a width.</summary>
    public static LaneRows<T> Of(ParticleShape shape, VectorWidth width, int stages, int coefficients) => (LaneRows<T>)(object)(
        (typeof(T) == typeof(float), width == VectorWidth.Bits512) switch
        {
            (true, true) => new LaneSolve<Single512, float, Vector512<float>>(shape, stages, coefficients),
            (true, false) => new LaneSolve<Single256, float, Vector256<float>>(shape, stages, coefficients),
            (false, true) => new LaneSolve<Double512, double, Vector512<double>>(shape, stages, coefficients),
            (false, false) => new LaneSolve<Double256, double, Vector256<double>>(shape, stages, coefficients),
        });

    /// <summary>Begins a solve, with the sums of its derivatives at zero.</summary>
    public abstract void Begin(LaneMethod<T> method);

    /// <summary>Integrates rows from a first one on.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">Number R of rows of the block.</param>
    /// <param name="x">Points, which are moved.</param>
    /// <param name="score">∇ ln p there, which is carried along; empty where it is not wanted.</param>
    /// <param name="laplacian">Receives ∫∇²φ dt, [R].</param>
    /// <param name="record">Receives the points of all stages; empty where nobody wants them.</param>
    public abstract void Integrate(int first, int rows, Span<T> x, Span<T> score, Span<T> laplacian, Span<T> record);

    /// <summary>The derivative of a solve.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">Number R of rows of the block.</param>
    /// <param name="record">Points of all stages.</param>
    /// <param name="adjoint">∂L/∂x at the end, which becomes that at the start.</param>
    /// <param name="upstream">∂L/∂∫∇²φ, [R]; empty where it is zero.</param>
    public abstract void Differentiate(int first, int rows, ReadOnlySpan<T> record, Span<T> adjoint, ReadOnlySpan<T> upstream);

    /// <summary>The sums of the derivatives by the coefficients at both ends, and by the constants.</summary>
    public abstract void Totals(Span<T> start, Span<T> end, Span<T> constants);
}
