using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>Σ_k [A_k Σᵢ f(y_ik) + A'_k f(z_k)] with f = ln cosh, y_ik = w_k·cᵢ + o_k and z_k = ½ Σᵢ w_k·cᵢ + o'_k, as a stage sees
/// it.</summary>
/// <remarks>With N = |∇y|² and W = w_k·χᵢ, R has A (f'(y) W + l̄ f''(y) N). See <see cref="ParticleUnits"/>.</remarks>
internal sealed partial class LaneUnits<S, T, V> : LaneOuter<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private readonly LaneShape _shape;
    private readonly T[] _weight;
    private readonly T[] _transposed;
    private readonly LaneArray<S, T, V> _offsets;
    private readonly LaneArray<S, T, V> _inner;
    private readonly LaneArray<S, T, V> _driven;
    private readonly LaneArray<S, T, V> _slopes;
    private readonly LaneArray<S, T, V> _gradients;
    private readonly LaneArray<S, T, V> _others;
    private readonly LaneArray<S, T, V> _own;
    private readonly LaneArray<S, T, V> _bySlopes;
    private readonly LaneArray<S, T, V> _byWeight;
    private readonly LaneArray<S, T, V> _byOffsets;

    public LaneUnits(LanePairs pairs)
    {
        _shape = new(pairs.Particles, pairs.Coordinates, pairs.Count, pairs.Shape.Channels, pairs.Shape.Units);
        var (n, d, p, m, k) = _shape;
        (_weight, _transposed) = (new T[k * m], new T[k * m]);
        (_inner, _driven, _others, _own) = (new(n * k), new(n * k), new(n * k), new(n * k));
        (_slopes, _bySlopes, _gradients) = (new(p * k), new(p * k), new(n * d * k));
        (_offsets, _byWeight, _byOffsets) = (new(2 * k), new(k * m), new(2 * k));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LaneArray<S, T, V>> ByConstants => [_byWeight, _byOffsets];

    /// <inheritdoc/>
    public override void Begin(ReadOnlySpan<T> constants)
    {
        var (_, _, _, m, k) = _shape;
        constants[.. (k * m)].CopyTo(_weight);
        for (var unit = 0; unit < k; unit++)
        {
            for (var channel = 0; channel < m; channel++)
            {
                _transposed[(channel * k) + unit] = _weight[(unit * m) + channel];
            }
        }

        for (var place = 0; place < 2 * k; place++)
        {
            _offsets[place] = S.Broadcast(constants[(k * m) + place]);
        }
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        _byWeight.Clear();
        _byOffsets.Clear();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override V Evaluate(
        LaneScene<S, T, V> scene, ReadOnlySpan<T> coefficients, V laplacian, LaneTask task, LaneArray<S, T, V> byTerms)
    {
        var (n, _, p, m, k) = _shape;
        ref var weight = ref MemoryMarshal.GetArrayDataReference(_weight);
        ref var transposed = ref MemoryMarshal.GetArrayDataReference(_transposed);
        LaneProducts<S, T, V>.Multiply(ref weight, k, m, n, scene.Counts, _inner);
        if (task.Cotangent)
        {
            LaneProducts<S, T, V>.Multiply(ref weight, k, m, n, scene.Driven, _driven);
        }

        if (task.Squares)
        {
            LaneProducts<S, T, V>.Multiply(ref weight, k, m, p, scene.Basis.Orders[1], _slopes);
            SumGradients(scene);
        }

        var trace = S.Constant(0);
        var amplitudes = coefficients[^(2 * k)..];
        for (var unit = 0; unit < k; unit++)
        {
            trace = Activate(unit, amplitudes, laplacian, task, byTerms, trace);
        }

        // From here on _inner has ∂R/∂y, and _driven ∂R/∂W.
        LaneProducts<S, T, V>.Multiply(ref transposed, m, k, n, _driven, scene.Felt);
        if (task.Cotangent)
        {
            LaneProducts<S, T, V>.Multiply(ref transposed, m, k, n, _inner, scene.Returned);
        }

        if (task.Terms)
        {
            LaneProducts<S, T, V>.AddOuter(n, _inner, k, scene.Counts, m, _byWeight);
            LaneProducts<S, T, V>.AddOuter(n, _driven, k, scene.Driven, m, _byWeight);
        }

        if (task.Cotangent && task.Laplacian)
        {
            ReturnSquares(scene);
            LaneProducts<S, T, V>.Multiply(ref transposed, m, k, p, _bySlopes, scene.BySlopes);
            if (task.Terms)
            {
                LaneProducts<S, T, V>.AddOuter(p, _bySlopes, k, scene.Basis.Orders[1], m, _byWeight);
            }
        }

        return trace;
    }

    /// <summary>f and its derivatives of one unit. Changes y to ∂R/∂y, W to ∂R/∂W, the gradients to half of ∂R by them, and _own to ∂R by
    /// the squares of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private V Activate(
        nint unit, ReadOnlySpan<T> amplitudes, V laplacian, LaneTask task, LaneArray<S, T, V> byTerms, V trace)
    {
        var (n, d, _, _, k) = _shape;
        V one = S.Constant(1), half = S.Constant(0.5), zero = S.Constant(0), minusTwo = S.Constant(-2);
        V sum = zero, driven = zero, squares = zero;
        for (nint i = 0; i < n; i++)
        {
            sum = S.Add(sum, _inner[(i * k) + unit]);
            driven = task.Cotangent ? S.Add(driven, _driven[(i * k) + unit]) : driven;
            if (task.Squares)
            {
                var square = zero;
                for (nint axis = 0; axis < d; axis++)
                {
                    var gradient = _gradients[(((i * d) + axis) * k) + unit];
                    square = S.MultiplyAdd(gradient, gradient, square);
                }

                squares = S.Add(squares, square);
                _others.Add((i * k) + unit, square);
            }
        }

        driven = S.Multiply(driven, half);
        var amplitude = S.Broadcast(amplitudes[k + (int)unit]);
        var slope = Exponential<S, T, V>.Tangent(S.MultiplyAdd(half, sum, _offsets[k + unit]));
        var curvature = S.Subtract(one, S.Multiply(slope, slope));
        var (felt, bent) = (S.Multiply(S.Multiply(amplitude, slope), half), S.Multiply(amplitude, curvature));
        trace = S.MultiplyAdd(bent, squares, trace);
        var returned = S.Multiply(bent, driven);
        var byTerm = S.Multiply(slope, driven);
        var bySquares = zero;
        if (task.Laplacian)
        {
            bySquares = S.Multiply(bent, laplacian);
            returned = S.MultiplyAdd(S.Multiply(S.Multiply(minusTwo, slope), bySquares), squares, returned);
            byTerm = S.MultiplyAdd(S.Multiply(curvature, laplacian), squares, byTerm);
        }

        if (task.Terms)
        {
            byTerms.Add(byTerms.Count - k + unit, byTerm);
            _byOffsets.Add(k + unit, returned);
        }

        return Activate(
            unit, S.Broadcast(amplitudes[(int)unit]), laplacian, task, byTerms, trace, felt, S.Multiply(returned, half), bySquares);
    }

    /// <summary>The same of the unit at each particle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private V Activate(
        nint unit, V amplitude, V laplacian, LaneTask task, LaneArray<S, T, V> byTerms, V trace, V felt, V returned, V bySquares)
    {
        var (n, d, _, _, k) = _shape;
        V one = S.Constant(1), zero = S.Constant(0), minusTwo = S.Constant(-2), byTerm = zero, byOffset = zero;
        for (nint i = 0; i < n; i++)
        {
            var place = (i * k) + unit;
            var slope = Exponential<S, T, V>.Tangent(S.Add(_inner[place], _offsets[unit]));
            var curvature = S.Subtract(one, S.Multiply(slope, slope));
            var bent = S.Multiply(amplitude, curvature);
            var square = task.Squares ? _others[place] : zero;
            trace = S.MultiplyAdd(bent, square, trace);
            if (task.Cotangent)
            {
                var driven = _driven[place];
                byTerm = S.MultiplyAdd(slope, driven, byTerm);
                var own = S.Multiply(bent, driven);
                if (task.Laplacian)
                {
                    var byOthers = S.Multiply(bent, laplacian);
                    own = S.MultiplyAdd(S.Multiply(S.Multiply(minusTwo, slope), byOthers), square, own);
                    byTerm = S.MultiplyAdd(S.Multiply(curvature, laplacian), square, byTerm);
                    _own[place] = byOthers;
                    var factor = S.Add(byOthers, bySquares);
                    for (nint axis = 0; axis < d; axis++)
                    {
                        var gradient = (((i * d) + axis) * k) + unit;
                        _gradients[gradient] = S.Multiply(factor, _gradients[gradient]);
                    }
                }

                byOffset = S.Add(byOffset, own);
                _inner[place] = S.Add(own, returned);
            }

            _driven[place] = S.MultiplyAdd(amplitude, slope, felt);
        }

        if (task.Terms)
        {
            byTerms.Add(byTerms.Count - (2 * k) + unit, byTerm);
            _byOffsets.Add(unit, byOffset);
        }

        return trace;
    }

    private readonly record struct LaneShape(int Particles, int Coordinates, int Pairs, int Channels, int Units);
}
