using System.Runtime.CompilerServices;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <content>The gradients of the units, and what their squares give back.</content>
internal sealed partial class LaneUnits<S, T, V>
{
    /// <summary>∂y_ik/∂rᵢ, and the squares of the derivatives by all other particles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumGradients(LaneScene<S, T, V> scene)
    {
        var (_, d, p, _, k) = _shape;
        var length = (nint)k * S.Count;
        _gradients.Clear();
        _others.Clear();
        for (var pair = 0; pair < p; pair++)
        {
            var (first, second, square) = (scene.Pairs.First[pair], scene.Pairs.Second[pair], scene.Squares[pair]);
            ref var slopes = ref Unsafe.Add(ref _slopes.First, pair * length);
            ref var one = ref Unsafe.Add(ref _others.First, first * length);
            ref var other = ref Unsafe.Add(ref _others.First, second * length);
            for (nint place = 0; place < length; place += S.Count)
            {
                var slope = S.Load(ref slopes, place);
                var own = S.Multiply(S.Multiply(slope, slope), square);
                S.Store(S.Add(S.Load(ref one, place), own), ref one, place);
                S.Store(S.Add(S.Load(ref other, place), own), ref other, place);
            }

            for (var axis = 0; axis < d; axis++)
            {
                var along = scene.Displacements[(pair * d) + axis];
                ref var plus = ref Unsafe.Add(ref _gradients.First, ((first * d) + axis) * length);
                ref var minus = ref Unsafe.Add(ref _gradients.First, ((second * d) + axis) * length);
                for (nint place = 0; place < length; place += S.Count)
                {
                    var part = S.Multiply(S.Load(ref slopes, place), along);
                    S.Store(S.Add(S.Load(ref plus, place), part), ref plus, place);
                    S.Store(S.Subtract(S.Load(ref minus, place), part), ref minus, place);
                }
            }
        }
    }

    /// <summary>What the squares of gradients give back to the pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReturnSquares(LaneScene<S, T, V> scene)
    {
        var (_, d, p, _, k) = _shape;
        var (length, two) = ((nint)k * S.Count, S.Constant(2));
        for (var pair = 0; pair < p; pair++)
        {
            var (first, second, square) = (scene.Pairs.First[pair], scene.Pairs.Second[pair], S.Multiply(two, scene.Squares[pair]));
            ref var slopes = ref Unsafe.Add(ref _slopes.First, pair * length);
            ref var bySlopes = ref Unsafe.Add(ref _bySlopes.First, pair * length);
            ref var one = ref Unsafe.Add(ref _own.First, first * length);
            ref var other = ref Unsafe.Add(ref _own.First, second * length);
            var along = S.Constant(0);
            for (nint place = 0; place < length; place += S.Count)
            {
                var slope = S.Load(ref slopes, place);
                var factor = S.Multiply(slope, S.Add(S.Load(ref one, place), S.Load(ref other, place)));
                along = S.MultiplyAdd(factor, slope, along);
                S.Store(S.Multiply(factor, square), ref bySlopes, place);
            }

            scene.Along[pair] = S.Multiply(two, along);
            for (var axis = 0; axis < d; axis++)
            {
                var (displacement, besides) = (S.Multiply(two, scene.Displacements[(pair * d) + axis]), S.Constant(0));
                ref var plus = ref Unsafe.Add(ref _gradients.First, ((first * d) + axis) * length);
                ref var minus = ref Unsafe.Add(ref _gradients.First, ((second * d) + axis) * length);
                for (nint place = 0; place < length; place += S.Count)
                {
                    var difference = S.Subtract(S.Load(ref plus, place), S.Load(ref minus, place));
                    besides = S.MultiplyAdd(S.Load(ref slopes, place), difference, besides);
                    S.Store(S.MultiplyAdd(difference, displacement, S.Load(ref bySlopes, place)), ref bySlopes, place);
                }

                scene.Besides[(pair * d) + axis] = S.Multiply(two, besides);
            }
        }
    }
}
