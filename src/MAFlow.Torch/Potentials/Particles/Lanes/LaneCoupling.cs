using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>½ Σᵢ cᵢᵀ W cᵢ with a symmetric W, as a stage sees it.</summary>
/// <remarks>R has Σᵢ χᵢᵀ W cᵢ + l̄ [Σᵢ Gᵢᵀ W Gᵢ + 2 Σ d² 𝒟bᵀ W 𝒟b]. See <see cref="ParticleTriples"/>.</remarks>
internal sealed class LaneCoupling<S, T, V> : LaneOuter<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private readonly LanePairs _pairs;
    private readonly LaneArray<S, T, V> _gradients;
    private readonly LaneArray<S, T, V> _coupled;
    private readonly LaneArray<S, T, V> _slopes;
    private readonly LaneArray<S, T, V> _scaled;
    private readonly LaneArray<S, T, V> _byCoupling;

    public LaneCoupling(LanePairs pairs)
    {
        _pairs = pairs;
        var m = pairs.Shape.Channels;
        (_gradients, _coupled) = (new(pairs.Particles * pairs.Coordinates * m), new(pairs.Particles * pairs.Coordinates * m));
        (_slopes, _byCoupling) = (new(pairs.Count * m), new(m * m));
        _scaled = new(Math.Max(pairs.Count, pairs.Particles * pairs.Coordinates) * m);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LaneArray<S, T, V>> ByConstants => [];

    /// <inheritdoc/>
    public override void Begin(ReadOnlySpan<T> constants)
    {
        // All of its numbers depend on time.
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        // As above.
    }

    /// <inheritdoc/>
    public override V Evaluate(
        LaneScene<S, T, V> scene, ReadOnlySpan<T> coefficients, V laplacian, LaneTask task, LaneArray<S, T, V> byTerms)
    {
        var (n, m) = (_pairs.Particles, _pairs.Shape.Channels);
        ref var coupling = ref MemoryMarshal.GetReference(coefficients.Slice(_pairs.Shape.Gaussians, m * m));
        LaneProducts<S, T, V>.Multiply(ref coupling, m, m, n, scene.Counts, scene.Felt);
        if (task.Cotangent)
        {
            LaneProducts<S, T, V>.Multiply(ref coupling, m, m, n, scene.Driven, scene.Returned);
        }

        _byCoupling.Clear();
        if (task.Terms)
        {
            LaneProducts<S, T, V>.AddOuter(n, scene.Counts, m, scene.Driven, m, _byCoupling);
        }

        var trace = task.Squares ? Squares(scene, ref coupling, laplacian, task) : S.Constant(0);
        for (nint row = 0; task.Terms && row < m; row++)
        {
            for (nint column = 0; column < m; column++)
            {
                var both = S.Add(_byCoupling[(row * m) + column], _byCoupling[(column * m) + row]);
                byTerms.Add(_pairs.Shape.Gaussians + (row * m) + column, S.Multiply(S.Constant(0.5), both));
            }
        }

        return trace;
    }

    /// <summary>The part of squares of gradients: the trace, and what they give back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private V Squares(LaneScene<S, T, V> scene, ref T coupling, V laplacian, LaneTask task)
    {
        var (n, d, m) = (_pairs.Particles, _pairs.Coordinates, _pairs.Shape.Channels);
        var own = scene.Basis.Orders[1];
        SumGradients(scene);
        LaneProducts<S, T, V>.Multiply(ref coupling, m, m, n * d, _gradients, _coupled);
        LaneProducts<S, T, V>.Multiply(ref coupling, m, m, _pairs.Count, own, _slopes);
        V trace = S.Constant(0), two = S.Constant(2), twice = S.Multiply(two, laplacian);
        for (nint place = 0; place < _gradients.Count; place++)
        {
            trace = S.MultiplyAdd(_gradients[place], _coupled[place], trace);
        }

        for (var pair = 0; pair < _pairs.Count; pair++)
        {
            var (sum, square) = (S.Constant(0), scene.Squares[pair]);
            for (nint place = pair * (nint)m, end = place + m; place < end; place++)
            {
                sum = S.MultiplyAdd(own[place], _slopes[place], sum);
            }

            trace = S.MultiplyAdd(S.Multiply(two, square), sum, trace);
            scene.Along[pair] = S.Multiply(S.Multiply(two, twice), sum);
        }

        if (task.Cotangent && task.Laplacian)
        {
            Return(scene, twice);
        }

        if (task.Terms && task.Laplacian)
        {
            Scale(_gradients, _ => laplacian, n * d, m);
            LaneProducts<S, T, V>.AddOuter(n * d, _gradients, m, _scaled, m, _byCoupling);
            Scale(own, pair => S.Multiply(twice, scene.Squares[pair]), _pairs.Count, m);
            LaneProducts<S, T, V>.AddOuter(_pairs.Count, own, m, _scaled, m, _byCoupling);
        }

        return trace;
    }

    /// <summary>Gᵢₘ = Σⱼ 𝒟bₘ(d_ij) (rᵢ - rⱼ), [n, D, M].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumGradients(LaneScene<S, T, V> scene)
    {
        var (d, m) = (_pairs.Coordinates, _pairs.Shape.Channels);
        _gradients.Clear();
        for (var pair = 0; pair < _pairs.Count; pair++)
        {
            for (nint axis = 0; axis < d; axis++)
            {
                var along = scene.Displacements[(pair * d) + axis];
                var (plus, minus) = (((_pairs.First[pair] * d) + axis) * m, ((_pairs.Second[pair] * d) + axis) * m);
                for (nint channel = 0; channel < m; channel++)
                {
                    var part = S.Multiply(scene.Basis.Orders[1][(pair * (nint)m) + channel], along);
                    _gradients.Add(plus + channel, part);
                    _gradients[minus + channel] = S.Subtract(_gradients[minus + channel], part);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Return(LaneScene<S, T, V> scene, V twice)
    {
        var (d, m) = (_pairs.Coordinates, _pairs.Shape.Channels);
        var own = scene.Basis.Orders[1];
        for (var pair = 0; pair < _pairs.Count; pair++)
        {
            var factor = S.Multiply(S.Multiply(S.Constant(2), twice), scene.Squares[pair]);
            for (nint place = pair * (nint)m, end = place + m; place < end; place++)
            {
                scene.BySlopes[place] = S.Multiply(factor, _slopes[place]);
            }

            for (nint axis = 0; axis < d; axis++)
            {
                var (displacement, besides) = (S.Multiply(twice, scene.Displacements[(pair * d) + axis]), S.Constant(0));
                var (plus, minus) = (((_pairs.First[pair] * d) + axis) * m, ((_pairs.Second[pair] * d) + axis) * m);
                for (nint channel = 0; channel < m; channel++)
                {
                    var difference = S.Subtract(_coupled[plus + channel], _coupled[minus + channel]);
                    var place = (pair * (nint)m) + channel;
                    besides = S.MultiplyAdd(own[place], difference, besides);
                    scene.BySlopes[place] = S.MultiplyAdd(difference, displacement, scene.BySlopes[place]);
                }

                scene.Besides[(pair * d) + axis] = S.Multiply(twice, besides);
            }
        }
    }

    private void Scale(LaneArray<S, T, V> vectors, Func<int, V> factor, int items, int length)
    {
        for (var item = 0; item < items; item++)
        {
            var by = factor(item);
            for (nint place = item * (nint)length, end = place + length; place < end; place++)
            {
                _scaled[place] = S.Multiply(by, vectors[place]);
            }
        }
    }
}
