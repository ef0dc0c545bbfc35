using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The sites in managed SIMD code: everything that happens at a site in one pass, where tensor operations take dozens, each
/// through all of memory.</summary>
/// <remarks>The formulas of <see cref="PairTensorSites"/>.</remarks>
internal sealed class PairVectorSites<T> : PairSites
    where T : unmanaged
{
    private readonly PairShape _shape;
    private readonly Tensor _fields;
    private readonly T[] _sharpness;
    private readonly T[] _curvature;
    private readonly Tensor[] _values;
    private readonly int _columns;

    public PairVectorSites(PairShape shape, Tensor fields, PairWeights weights)
    {
        (_shape, _fields, _columns) = (shape, fields.contiguous(), (int)fields.shape[2]);
        (_sharpness, _curvature) = (weights.Sharpness.ToNumbers<T>(), weights.Curvature.ToNumbers<T>());
        _values = Blocks();
        var y = _fields.Numbers<T>();
        var odd = Odd(_values);
        var even = Even(_values);
        foreach (var at in Places())
        {
            var field = SiteVector.Load<T>(y, at.Field, at.Count);
            for (var j = 0; j < _shape.Units; j++)
            {
                var t = SiteVector.Tanh(field * Vector256.Create(_sharpness[at.Unit + j]));
                odd.Store(at, j, t);
                if (j < _shape.EvenUnits)
                {
                    even.Store(at, j, t * t);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Values => _values;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Slopes
    {
        get
        {
            var slopes = Blocks();
            var t = Odd(_values);
            var odd = Odd(slopes);
            var even = Even(slopes);
            foreach (var at in Places())
            {
                for (var j = 0; j < _shape.Units; j++)
                {
                    var value = t.Load(at, j);
                    var slope = Vector256<T>.One - (value * value);
                    odd.Store(at, j, slope);
                    if (j < _shape.EvenUnits)
                    {
                        even.Store(at, j, value * slope);
                    }
                }
            }

            return slopes;
        }
    }

    /// <inheritdoc/>
    public override (Tensor Force, Tensor Bend) Pull(IReadOnlyList<Tensor> sources)
    {
        var (forces, bends) = (empty_like(_fields), zeros(_columns, dtype: _fields.dtype));
        var force = forces.Numbers<T>();
        var bend = bends.Numbers<T>();
        var two = Vector256<T>.One + Vector256<T>.One;
        var ts = Odd(_values);
        var odds = Odd(sources);
        var evens = Even(sources);
        foreach (var at in Places())
        {
            var (sum, bent) = (Vector256<T>.Zero, SiteVector.Load<T>(bend, at.Column, at.Count));
            for (var j = 0; j < _shape.Units; j++)
            {
                var t = ts.Load(at, j);
                var u = Vector256<T>.One - (t * t);
                var pull = u * odds.Load(at, j);
                var second = Vector256<T>.Zero;
                if (j < _shape.EvenUnits)
                {
                    var even = evens.Load(at, j) * two * u;
                    pull += t * even;
                    second = u * even;
                }

                sum += pull * Vector256.Create(_sharpness[at.Unit + j]);
                bent += (second - (two * t * pull)) * Vector256.Create(_curvature[at.Unit + j]);
            }

            SiteVector.Store(sum, force, at.Field, at.Count);
            SiteVector.Store(bent, bend, at.Column, at.Count);
        }

        return (forces, bends);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Cotangents(Tensor seen, Tensor? laplacian)
    {
        var result = Blocks();
        var w = seen.contiguous().Numbers<T>();
        var l = laplacian is null ? default : laplacian.Numbers<T>();
        var two = Vector256<T>.One + Vector256<T>.One;
        var ts = Odd(_values);
        var odds = Odd(result);
        var evens = Even(result);
        foreach (var at in Places())
        {
            var velocity = SiteVector.Load<T>(w, at.Field, at.Count);
            var divergence = l.IsEmpty ? default : SiteVector.Load<T>(l, at.Column, at.Count);
            for (var j = 0; j < _shape.Units; j++)
            {
                var t = ts.Load(at, j);
                var u = Vector256<T>.One - (t * t);
                var m = divergence * Vector256.Create(_curvature[at.Unit + j]);
                var odd = u * ((velocity * Vector256.Create(_sharpness[at.Unit + j])) - (two * m * t));
                odds.Store(at, j, odd);
                if (j < _shape.EvenUnits)
                {
                    evens.Store(at, j, two * ((t * odd) + (u * u * m)));
                }
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public override PairSiteGradients Gradients(
        Tensor seen, Tensor? laplacian, IReadOnlyList<Tensor> sources, IReadOnlyList<Tensor> returned, IReadOnlyList<Tensor> spread)
    {
        var (byField, forces) = (empty_like(_fields), empty_like(_fields));
        var bends = zeros(_columns, dtype: _fields.dtype);
        var bend = bends.Numbers<T>();
        var (sharpness, curvature) = (new Vector256<T>[_sharpness.Length], new Vector256<T>[_sharpness.Length]);
        var y = _fields.Numbers<T>();
        var w = seen.contiguous().Numbers<T>();
        var l = laplacian is null ? default : laplacian.Numbers<T>();
        var slopes = byField.Numbers<T>();
        var pulls = forces.Numbers<T>();
        var ts = Odd(_values);
        var odds = Odd(sources);
        var evens = Even(sources);
        var xs = Odd(returned);
        var xes = Even(returned);
        var ds = l.IsEmpty ? xs : Odd(spread);
        var des = l.IsEmpty ? xes : Even(spread);
        var (one, two) = (Vector256<T>.One, Vector256<T>.One + Vector256<T>.One);
        foreach (var at in Places())
        {
            var (field, velocity) = (SiteVector.Load<T>(y, at.Field, at.Count), SiteVector.Load<T>(w, at.Field, at.Count));
            var divergence = l.IsEmpty ? default : SiteVector.Load<T>(l, at.Column, at.Count);
            var (slopeSum, pullSum) = (Vector256<T>.Zero, Vector256<T>.Zero);
            var bent = SiteVector.Load<T>(bend, at.Column, at.Count);
            for (var j = 0; j < _shape.Units; j++)
            {
                var unit = Vector256.Create(_sharpness[at.Unit + j]);
                var t = ts.Load(at, j);
                var (u, g, m) = (one - (t * t), velocity * unit, divergence * Vector256.Create(_curvature[at.Unit + j]));
                var odd = odds.Load(at, j);
                var pull = u * odd;
                // u [X - 2t (g (W h) + D) - 2 (1 - 3t²) m (W h)], where 1 - 3t² = u - 2t².
                var d = l.IsEmpty ? default : two * divergence * ds.Load(at, j);
                var slope = xs.Load(at, j)
                    - (two * ((t * ((g * odd) + d)) + ((u - (two * t * t)) * m * odd)));
                var second = Vector256<T>.Zero;
                if (j < _shape.EvenUnits)
                {
                    var even = evens.Load(at, j);
                    var de = l.IsEmpty ? default : two * divergence * des.Load(at, j);
                    var b = u - (two * t * t);
                    slope += (two * t * xes.Load(at, j)) + (b * ((two * g * even) + de))
                        - (two * two * two * t * (b + one) * m * even);
                    even = even * two * u;
                    pull += t * even;
                    second = u * even;
                }

                slope *= u;
                slopeSum += slope * unit;
                pullSum += pull * unit;
                sharpness[at.Unit + j] += (field * slope) + (velocity * pull);
                second -= two * t * pull;
                curvature[at.Unit + j] += divergence * second;
                bent += second * Vector256.Create(_curvature[at.Unit + j]);
            }

            SiteVector.Store(slopeSum, slopes, at.Field, at.Count);
            SiteVector.Store(pullSum, pulls, at.Field, at.Count);
            SiteVector.Store(bent, bend, at.Column, at.Count);
        }

        return new(byField, forces, bends, Sums(sharpness), laplacian is null ? null : Sums(curvature));
    }

    private PairPlaces Places() => new(_shape, _columns, Vector256<T>.Count);

    private Tensor[] Blocks() => [.. _shape.Blocks.Select(count => empty([_shape.Sites, count, _columns], dtype: _fields.dtype))];

    private PairBlock<T> Odd(IReadOnlyList<Tensor> blocks) => new(blocks[0].Numbers<T>(), blocks[0].shape[1], 0, _shape.Units, _columns);

    private PairBlock<T> Even(IReadOnlyList<Tensor> blocks) => _shape.IsSignSymmetric
        ? new(blocks[1].Numbers<T>(), blocks[1].shape[1], 0, _shape.EvenUnits, _columns)
        : new(blocks[0].Numbers<T>(), blocks[0].shape[1], _shape.Odd, _shape.EvenUnits, _columns);

    private Tensor Sums(Vector256<T>[] lanes)
    {
        var sums = zeros(_shape.Scales, _shape.Units, dtype: _fields.dtype);
        var numbers = sums.Numbers<T>();
        for (var unit = 0; unit < lanes.Length; unit++)
        {
            numbers[unit] = Vector256.Sum(lanes[unit]);
        }

        return sums;
    }
}
