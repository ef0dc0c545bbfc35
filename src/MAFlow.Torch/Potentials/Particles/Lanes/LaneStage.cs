using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>A stage of a solve for as many rows as a vector has lanes: ∇φ and ∇²φ, and the derivatives of
/// R = v̄·∇φ + l̄ ∇²φ.</summary>
/// <remarks>The formulas are those of <see cref="ParticleStage"/>; nothing is left to autograd,
/// and no temporary leaves the cache.</remarks>
internal sealed partial class LaneStage<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private readonly LanePairs _pairs;
    private readonly LaneScene<S, T, V> _scene;
    private readonly LaneRadial<S, T, V> _radial;
    private readonly LaneOuter<S, T, V>? _outer;
    private readonly LaneArray<S, T, V> _radials;

    /// <param name="pairs">Sizes.</param>
    /// <param name="coefficients">Number of coefficients that depend on time.</param>
    public LaneStage(LanePairs pairs, int coefficients)
    {
        (_pairs, _scene, _radial, _radials) = (pairs, new(pairs), new(pairs), new(3 * pairs.Count));
        _outer = pairs.Shape.Channels == 0 ? null
            : pairs.Shape.Units == 0 ? new LaneCoupling<S, T, V>(pairs)
            : new LaneUnits<S, T, V>(pairs);
        (ByTerms, Velocity, ByPoint) = (new(coefficients), new(pairs.Shape.Dimension), new(pairs.Shape.Dimension));
    }

    /// <summary>∇φ, [nD] with the coordinates of a particle one after the other.</summary>
    public LaneArray<S, T, V> Velocity { get; }

    /// <summary>∇²φ.</summary>
    public V Laplacian { get; private set; }

    /// <summary>∂R/∂x, [nD].</summary>
    public LaneArray<S, T, V> ByPoint { get; }

    /// <summary>∂R by the coefficients that depend on time.</summary>
    public LaneArray<S, T, V> ByTerms { get; }

    /// <summary>Sums of ∂R by the others.</summary>
    public IReadOnlyList<LaneArray<S, T, V>> ByConstants => _outer?.ByConstants ?? [];

    private int Confinement => _pairs.Shape.Gaussians + _pairs.Shape.Couplings;

    private double Free => _pairs.Coordinates * (_pairs.Particles - 1);

    /// <summary>Begins a solve.</summary>
    /// <param name="constants">Coefficients that do not depend on time.</param>
    public void Begin(ReadOnlySpan<T> constants)
    {
        _outer?.Begin(constants);
        _outer?.Clear();
    }

    /// <summary>Computes what is wanted.</summary>
    /// <param name="coefficients">Those of this moment.</param>
    /// <param name="x">Points, [nD].</param>
    /// <param name="cotangent">v̄, [nD]; anything where no derivatives are wanted.</param>
    /// <param name="laplacian">l̄.</param>
    /// <param name="task">What is wanted.</param>
    public void Evaluate(
        ReadOnlySpan<T> coefficients, LaneArray<S, T, V> x, LaneArray<S, T, V> cotangent, V laplacian, LaneTask task)
    {
        if (task.Terms)
        {
            ByTerms.Clear();
        }

        Look(coefficients, x, cotangent, laplacian, task);
        var trace = _outer is null ? S.Constant(0) : _outer.Evaluate(_scene, coefficients, laplacian, task, ByTerms);
        Answer(coefficients[Confinement], x, cotangent, laplacian, task, trace);
    }

    /// <summary>Distances, Gaussians, and their sums around the particles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Look(
        ReadOnlySpan<T> coefficients, LaneArray<S, T, V> x, LaneArray<S, T, V> cotangent, V laplacian, LaneTask task)
    {
        var (d, zero) = (_pairs.Coordinates, S.Constant(0));
        ref var strength = ref MemoryMarshal.GetReference(coefficients);
        _scene.Counts.Clear();
        _scene.Driven.Clear();
        for (var pair = 0; pair < _pairs.Count; pair++)
        {
            var (first, second, square, product) = ((nint)_pairs.First[pair] * d, (nint)_pairs.Second[pair] * d, zero, zero);
            for (nint axis = 0; axis < d; axis++)
            {
                var displacement = S.Subtract(x[first + axis], x[second + axis]);
                _scene.Displacements[(pair * d) + axis] = displacement;
                square = S.MultiplyAdd(displacement, displacement, square);
                if (task.Cotangent)
                {
                    var difference = S.Subtract(cotangent[first + axis], cotangent[second + axis]);
                    _scene.Differences[(pair * d) + axis] = difference;
                    product = S.MultiplyAdd(displacement, difference, product);
                }
            }

            (_scene.Squares[pair], _scene.Products[pair]) = (square, product);
            var (slope, curvature, third) = _radial.Evaluate(pair, square, ref strength, task.Cotangent && task.Laplacian);
            (_radials[3 * pair], _radials[(3 * pair) + 1], _radials[(3 * pair) + 2]) = (slope, curvature, third);
            if (task.Terms)
            {
                var twice = task.Laplacian ? S.Multiply(S.Constant(2), laplacian) : zero;
                _radial.AddByStrength(pair, S.MultiplyAdd(S.Constant(d), twice, product), S.Multiply(twice, square), ByTerms);
            }

            if (_outer is not null)
            {
                _scene.Basis.Evaluate(pair, square, task.Cotangent && task.Laplacian);
                Count(pair, laplacian, task);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Count(int pair, V laplacian, LaneTask task)
    {
        var m = (nint)_pairs.Shape.Channels;
        var (first, second, product, square) =
            (_pairs.First[pair] * m, _pairs.Second[pair] * m, _scene.Products[pair], _scene.Squares[pair]);
        var twice = task.Laplacian ? S.Multiply(S.Constant(2), laplacian) : S.Constant(0);
        var (bySlope, byCurvature) = (S.MultiplyAdd(S.Constant(_pairs.Coordinates), twice, product), S.Multiply(twice, square));
        var orders = _scene.Basis.Orders;
        for (nint channel = 0; channel < m; channel++)
        {
            var place = (pair * m) + channel;
            var own = orders[0][place];
            _scene.Counts.Add(first + channel, own);
            _scene.Counts.Add(second + channel, own);
            if (task.Cotangent)
            {
                var driven = S.MultiplyAdd(bySlope, orders[1][place], S.Multiply(byCurvature, orders[2][place]));
                _scene.Driven.Add(first + channel, driven);
                _scene.Driven.Add(second + channel, driven);
            }
        }
    }

    /// <summary>From what pairs feel to the particles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Answer(
        T confinement, LaneArray<S, T, V> x, LaneArray<S, T, V> cotangent, V laplacian, LaneTask task, V trace)
    {
        var (d, two, all) = (_pairs.Coordinates, S.Constant(2), S.Constant(_pairs.Coordinates));
        var strength = S.Broadcast(confinement);
        Confine(x, strength, Velocity);
        Confine(cotangent, strength, ByPoint);
        var sum = S.Constant(0);
        for (var pair = 0; pair < _pairs.Count; pair++)
        {
            var (first, second) = ((nint)_pairs.First[pair] * d, (nint)_pairs.Second[pair] * d);
            var (slope, curvature, third, along) = Feel(pair, task);
            var square = _scene.Squares[pair];
            sum = S.Add(sum, S.MultiplyAdd(all, slope, S.Multiply(square, curvature)));
            if (task.Cotangent)
            {
                along = S.MultiplyAdd(curvature, _scene.Products[pair], along);
            }

            if (task.Cotangent && task.Laplacian)
            {
                var bend = S.MultiplyAdd(S.Add(all, two), curvature, S.Multiply(square, third));
                along = S.MultiplyAdd(S.Multiply(two, laplacian), bend, along);
            }

            for (nint axis = 0; axis < d; axis++)
            {
                var displacement = _scene.Displacements[(pair * d) + axis];
                if (task.Velocity)
                {
                    var part = S.Multiply(slope, displacement);
                    Velocity.Add(first + axis, part);
                    Velocity[second + axis] = S.Subtract(Velocity[second + axis], part);
                }

                if (task.Cotangent)
                {
                    var part = S.MultiplyAdd(slope, _scene.Differences[(pair * d) + axis], S.Multiply(along, displacement));
                    part = task.Laplacian && _outer is not null ? S.Add(part, _scene.Besides[(pair * d) + axis]) : part;
                    ByPoint.Add(first + axis, part);
                    ByPoint[second + axis] = S.Subtract(ByPoint[second + axis], part);
                }
            }
        }

        Laplacian = S.Add(S.MultiplyAdd(two, sum, trace), S.Multiply(strength, S.Constant(Free)));
        if (task.Terms)
        {
            ByTerms.Add(Confinement, ByConfinement(x, cotangent, laplacian, task));
        }
    }

    /// <summary>𝒟, 𝒟² and 𝒟³ of what a pair feels, and what moves along it besides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (V Slope, V Curvature, V Third, V Along) Feel(int pair, LaneTask task)
    {
        var (slope, curvature, third, along) =
            (_radials[3 * pair], _radials[(3 * pair) + 1], _radials[(3 * pair) + 2], S.Constant(0));
        if (_outer is null)
        {
            return (slope, curvature, third, along);
        }

        var m = (nint)_pairs.Shape.Channels;
        var (first, second, orders, squares) =
            (_pairs.First[pair] * m, _pairs.Second[pair] * m, _scene.Basis.Orders, task.Cotangent && task.Laplacian);
        along = squares ? _scene.Along[pair] : along;
        for (nint channel = 0; channel < m; channel++)
        {
            var place = (pair * m) + channel;
            var felt = S.Add(_scene.Felt[first + channel], _scene.Felt[second + channel]);
            slope = S.MultiplyAdd(felt, orders[1][place], slope);
            curvature = S.MultiplyAdd(felt, orders[2][place], curvature);
            if (task.Cotangent)
            {
                var returned = S.Add(_scene.Returned[first + channel], _scene.Returned[second + channel]);
                along = S.MultiplyAdd(returned, orders[1][place], along);
            }

            if (squares)
            {
                third = S.MultiplyAdd(felt, orders[3][place], third);
                along = S.MultiplyAdd(_scene.BySlopes[place], orders[2][place], along);
            }
        }

        return (slope, curvature, third, along);
    }
}
