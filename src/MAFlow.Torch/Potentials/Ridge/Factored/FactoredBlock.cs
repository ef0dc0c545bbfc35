using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>A factored solve and its reverse pass for a few rows at a time, whose numbers stay in the processor's cache.</summary>
/// <remarks>
/// Hidden units move along N directions only, y = y(0) + U Rᵀ, so that N coordinates are integrated: with stages Uᵢ and sᵢ = f'(Zᵢ),
/// Zᵢ = y(0) + Uᵢ Rᵀ, kᵢ = sᵢ L, Uᵢ = U + ε Σ_{j&lt;i} Aᵢⱼ kⱼ, U⁺ = U + ε Σ bᵢ kᵢ; S⁺ = S + ε Σ bᵢ sᵢ, Q⁺ = Q + ε Σ bᵢ sᵢ².
/// In reverse, from the adjoint Ū and S̄, F̄: k̄ᵢ = ε (bᵢ Ū + Σ_{l&gt;i} Aₗᵢ Ūₗ), Z̄ᵢ = f''(Zᵢ) ∘ [k̄ᵢ Lᵀ + ε bᵢ (S̄ + F̄ ∘ ∂f''/∂s)],
/// Ūᵢ = Z̄ᵢ R, Ū ← Ū + Σ Ūᵢ, ȳ += Σ Z̄ᵢ, L̄ += Σ sᵢᵀ k̄ᵢ, R̄ += Σ Z̄ᵢᵀ Uᵢ. Only the Uᵢ are kept; stages are computed again.
/// </remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class FactoredBlock<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FactoredKernels<T> _kernels;
    private readonly FactoredMethod _method;
    private readonly Activation _activation;
    private readonly CouplingPanels<T> _panels;
    private readonly T[] _zeros;
    private readonly Tensor _memory;
    private readonly int _rows;

    /// <param name="kernels">The loops.</param>
    /// <param name="method">The method over the piece.</param>
    /// <param name="activation">f.</param>
    /// <param name="panels">The coupling.</param>
    /// <param name="rows">Most rows of a block.</param>
    public FactoredBlock(FactoredKernels<T> kernels, FactoredMethod method, Activation activation, CouplingPanels<T> panels, int rows)
    {
        (_kernels, _method, _activation, _panels, _rows) = (kernels, method, activation, panels, rows);
        (Hidden, Dimension) = (panels.Widen.Columns, panels.Narrow.Columns);
        _zeros = new T[Math.Max(Hidden, Dimension)];
        // Torch's allocator aligns it to vectors, and keeps it for the next step of a training.
        _memory = empty(
            (Wide * ((2L * method.Stages) + 1)) + (Narrow * ((2L * method.Stages) + 2)),
            dtype: typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.Float64);
    }

    /// <summary>h, rounded up to whole panels: the distance between rows of hidden units.</summary>
    public int Hidden { get; }

    /// <summary>N, rounded up to whole panels.</summary>
    public int Dimension { get; }

    private int Wide => _rows * Hidden;

    private int Narrow => _rows * Dimension;

    /// <summary>Integrates along the piece.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="y">Hidden units at the start.</param>
    /// <param name="kept">Filled with U of all stages; where it has room for one only, each takes the place of the last.</param>
    /// <param name="sum">Filled with S.</param>
    /// <param name="squares">Filled with Q.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Integrate(int rows, ReadOnlySpan<T> y, Span<T> kept, Span<T> sum, Span<T> squares)
    {
        var (wide, narrow) = (rows * Hidden, rows * Dimension);
        var memory = _memory.Numbers<T>();
        var stages = Cut(ref memory, _method.Stages * wide);
        var velocities = Cut(ref memory, _method.Stages * narrow);
        var mean = Cut(ref memory, wide);
        var state = Cut(ref memory, narrow);
        var change = Cut(ref memory, narrow);
        var isKept = kept.Length > narrow;
        sum.Clear();
        squares.Clear();
        state.Clear();
        for (var step = 0; step < _method.Steps; step++)
        {
            for (var i = 0; i < _method.Stages; i++)
            {
                var point = kept.Slice(isKept ? ((step * _method.Stages) + i) * narrow : 0, narrow);
                state.CopyTo(point);
                if (_method.Earlier[i] is { Length: > 0 } terms)
                {
                    _kernels.Forward.Combine(velocities, terms, _method.Step, change, point);
                }

                var stage = stages.Slice(i * wide, wide);
                _kernels.Forward.Multiply(point, Dimension, rows, _panels.Widen, y, Hidden, T.One, stage);
                _activation.First(_kernels.Forward, stage, squares, T.CreateTruncating(_method.Step * _method.Weights[i]));
                _kernels.Forward.Multiply(stage, Hidden, rows, _panels.Narrow, _zeros, 0, T.One, velocities.Slice(i * narrow, narrow));
            }

            _kernels.Forward.Combine(stages, _method.Sum, _method.Step, mean, sum);
            _kernels.Forward.Combine(velocities, _method.Sum, _method.Step, change, state);
        }
    }

    /// <summary>The reverse pass.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="y">Hidden units at the start.</param>
    /// <param name="kept">U of all stages.</param>
    /// <param name="direct">S̄ + k₁ F̄.</param>
    /// <param name="slope">2 k₂ F̄.</param>
    /// <param name="adjoint">Filled with ȳ.</param>
    /// <param name="left">Added to: L̄ᵀ.</param>
    /// <param name="right">Added to: R̄ᵀ.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Reverse(
        int rows, ReadOnlySpan<T> y, ReadOnlySpan<T> kept, ReadOnlySpan<T> direct, ReadOnlySpan<T> slope, Span<T> adjoint, Span<T> left,
        Span<T> right)
    {
        var (wide, narrow, count) = (rows * Hidden, rows * Dimension, _method.Stages);
        var memory = _memory.Numbers<T>();
        var stages = Cut(ref memory, count * wide);
        var adjoints = Cut(ref memory, count * wide);
        var mean = Cut(ref memory, wide);
        var later = Cut(ref memory, (count + 1) * narrow);
        var velocities = Cut(ref memory, count * narrow);
        var change = Cut(ref memory, narrow);
        var end = later[(count * narrow)..];
        var columns = left.Length / Hidden;
        var (constant, linear, quadratic) = _activation.SecondPolynomial;
        adjoint.Clear();
        end.Clear();
        for (var step = _method.Steps - 1; step >= 0; step--)
        {
            var points = kept.Slice(step * count * narrow, count * narrow);
            for (var i = 0; i < count; i++)
            {
                _kernels.Forward.Multiply(
                    points.Slice(i * narrow, narrow), Dimension, rows, _panels.Widen, y, Hidden, T.One, stages.Slice(i * wide, wide));
            }

            _activation.First(_kernels.Reverse, stages);
            for (var i = count - 1; i >= 0; i--)
            {
                var velocity = velocities.Slice(i * narrow, narrow);
                var own = adjoints.Slice(i * wide, wide);
                if (_method.Later[i] is { Length: > 0 } terms)
                {
                    _kernels.Forward.Combine(later, terms, _method.Step, velocity, []);
                }
                else
                {
                    velocity.Clear();
                }

                _kernels.Forward.Multiply(velocity, Dimension, rows, _panels.WidenAdjoint, _zeros, 0, T.One, own);
                _kernels.Reverse.Adjoint(
                    stages.Slice(i * wide, wide), new(constant, linear, quadratic), T.CreateTruncating(_method.Step * _method.Weights[i]),
                    direct, slope, own);
                _kernels.Forward.Multiply(own, Hidden, rows, _panels.NarrowAdjoint, _zeros, 0, T.One, later.Slice(i * narrow, narrow));
            }

            _kernels.Reverse.AddOuter(velocities, Dimension, stages, count * rows, columns, left);
            _kernels.Reverse.AddOuter(points, Dimension, adjoints, count * rows, columns, right);
            _kernels.Forward.Combine(adjoints, _method.All, 1, mean, adjoint);
            _kernels.Forward.Combine(later, _method.All, 1, change, end);
        }
    }

    /// <summary>Turns ∫s² dt into F = ∫f'' dt = k₀ T + k₁ S + k₂ ∫s² dt.</summary>
    public void Finish(ReadOnlySpan<T> sum, Span<T> squares)
    {
        var (constant, linear, quadratic) = _activation.SecondPolynomial;
        TensorPrimitives.Multiply(squares, T.CreateChecked(quadratic), squares);
        TensorPrimitives.MultiplyAdd(sum, T.CreateChecked(linear), squares, squares);
        TensorPrimitives.Add(squares, T.CreateChecked(constant * _method.Step * _method.Steps), squares);
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>The next numbers of the memory.</summary>
    private static Span<T> Cut(ref Span<T> memory, int count)
    {
        var part = memory[..count];
        memory = memory[count..];
        return part;
    }
}
