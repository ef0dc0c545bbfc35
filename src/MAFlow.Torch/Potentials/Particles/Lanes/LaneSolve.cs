using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>An explicit Runge-Kutta solve between two knots and its exact derivative, as <see cref="KnotSolve"/> has them, for as many rows
/// as a vector has lanes.</summary>
internal sealed class LaneSolve<S, T, V> : LaneRows<T>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private readonly ParticleShape _shape;
    private readonly LaneStage<S, T, V> _stage;
    private readonly LaneArray<S, T, V> _x;
    private readonly LaneArray<S, T, V> _score;
    private readonly LaneArray<S, T, V> _point;
    private readonly LaneArray<S, T, V> _along;
    private readonly LaneArray<S, T, V> _scalars = new(1);
    private readonly LaneArray<S, T, V> _folded = new(2);
    private readonly LaneArray<S, T, V>[] _rates;
    private readonly LaneArray<S, T, V>[] _changes;
    private readonly LaneArray<S, T, V> _start;
    private readonly LaneArray<S, T, V> _end;
    private LaneMethod<T> _method = null!;

    public LaneSolve(ParticleShape shape, int stages, int coefficients)
    {
        var size = shape.Dimension;
        (_shape, _stage) = (shape, new(new(shape), coefficients));
        (_x, _score, _point, _along) = (new(size), new(size), new(size), new(size));
        _rates = [.. Enumerable.Range(0, stages).Select(_ => new LaneArray<S, T, V>(size))];
        _changes = [.. Enumerable.Range(0, stages).Select(_ => new LaneArray<S, T, V>(size))];
        (_start, _end) = (new(coefficients), new(coefficients));
    }

    /// <inheritdoc/>
    public override int Lanes => S.Count;

    /// <inheritdoc/>
    public override int Stages => _rates.Length;

    /// <inheritdoc/>
    public override void Begin(LaneMethod<T> method)
    {
        _method = method;
        _stage.Begin(method.Constants);
        _start.Clear();
        _end.Clear();
    }

    /// <inheritdoc/>
    public override void Integrate(int first, int rows, Span<T> x, Span<T> score, Span<T> laplacian, Span<T> record)
    {
        var (tableau, sum, size) = (_method.Tableau, S.Constant(0), x.Length);
        var task = new LaneTask(Velocity: true, Cotangent: !score.IsEmpty, Laplacian: !score.IsEmpty, Terms: false);
        Take(x, first, rows, _x);
        if (task.Cotangent)
        {
            Take(score, first, rows, _score);
        }

        for (var step = 0; step < _method.Steps; step++)
        {
            for (var i = 0; i < tableau.Stages; i++)
            {
                Combine(_x, _rates, tableau.A[i], _method.Step, _point);
                if (!record.IsEmpty)
                {
                    Put(_point, record.Slice(((step * tableau.Stages) + i) * size, size), first, rows);
                }

                if (task.Cotangent)
                {
                    Combine(_score, _changes, tableau.A[i], -_method.Step, _along);
                }

                _stage.Evaluate(_method.At(step, i), _point, _along, S.Constant(1), task);
                _stage.Velocity.CopyTo(_rates[i]);
                _stage.ByPoint.CopyTo(_changes[i]);
                sum = S.MultiplyAdd(S.Constant(tableau.B[i]), _stage.Laplacian, sum);
            }

            Combine(_x, _rates, tableau.B, _method.Step, _x);
            if (task.Cotangent)
            {
                Combine(_score, _changes, tableau.B, -_method.Step, _score);
            }
        }

        Put(_x, x, first, rows);
        if (task.Cotangent)
        {
            Put(_score, score, first, rows);
        }

        _scalars[0] = S.Multiply(S.Constant(_method.Step), sum);
        var count = Math.Min(S.Count, rows - first);
        _scalars.Numbers[..count].CopyTo(laplacian[first..]);
    }

    /// <inheritdoc/>
    public override void Differentiate(int first, int rows, ReadOnlySpan<T> record, Span<T> adjoint, ReadOnlySpan<T> upstream)
    {
        var (tableau, size) = (_method.Tableau, adjoint.Length);
        Take(adjoint, first, rows, _x);
        _scalars.Clear();
        if (!upstream.IsEmpty)
        {
            upstream.Slice(first, Math.Min(S.Count, rows - first)).CopyTo(_scalars.Numbers);
        }

        for (var step = _method.Steps - 1; step >= 0; step--)
        {
            for (var i = tableau.Stages - 1; i >= 0; i--)
            {
                _along.Clear();
                _along.AddMultiple(S.Constant(_method.Step * tableau.B[i]), _x);
                for (var later = i + 1; later < tableau.Stages; later++)
                {
                    if (tableau.A[later][i] != 0)
                    {
                        _along.AddMultiple(S.Constant(_method.Step * tableau.A[later][i]), _rates[later]);
                    }
                }

                Take(record.Slice(((step * tableau.Stages) + i) * size, size), first, rows, _point);
                var share = S.Multiply(S.Constant(_method.Step * tableau.B[i]), _scalars[0]);
                var task = new LaneTask(Velocity: false, Cotangent: true, Laplacian: !upstream.IsEmpty, Terms: true);
                _stage.Evaluate(_method.At(step, i), _point, _along, share, task);
                _stage.ByPoint.CopyTo(_rates[i]);
                var fraction = _method.Fraction(step, i);
                _start.AddMultiple(S.Constant(1 - fraction), _stage.ByTerms);
                _end.AddMultiple(S.Constant(fraction), _stage.ByTerms);
            }

            foreach (var rate in _rates.AsSpan(0, tableau.Stages))
            {
                _x.AddMultiple(S.Constant(1), rate);
            }
        }

        Put(_x, adjoint, first, rows);
    }

    /// <inheritdoc/>
    public override void Totals(Span<T> start, Span<T> end, Span<T> constants)
    {
        Sum(_start, start);
        Sum(_end, end);
        var place = 0;
        foreach (var part in _stage.ByConstants)
        {
            Sum(part, constants.Slice(place, part.Count));
            place += part.Count;
        }
    }

    /// <summary>Sums of the lanes, by halves.</summary>
    private void Sum(LaneArray<S, T, V> lanes, Span<T> sums)
    {
        for (var place = 0; place < lanes.Count; place++)
        {
            _folded[0] = lanes[place];
            for (var half = S.Count / 2; half > 0; half /= 2)
            {
                _folded.Numbers.Slice(half, half).CopyTo(_folded.Numbers[S.Count..]);
                _folded[0] = S.Add(_folded[0], _folded[1]);
            }

            sums[place] = _folded.Numbers[0];
        }
    }

    /// <summary>result = x + ε Σⱼ wⱼ rateⱼ.</summary>
    private static void Combine(
        LaneArray<S, T, V> x, LaneArray<S, T, V>[] rates, IReadOnlyList<double> weights, double step, LaneArray<S, T, V> result)
    {
        if (!ReferenceEquals(x, result))
        {
            x.CopyTo(result);
        }

        for (var j = 0; j < weights.Count; j++)
        {
            if (weights[j] != 0)
            {
                result.AddMultiple(S.Constant(step * weights[j]), rates[j]);
            }
        }
    }

    /// <summary>Some rows of points [D, n, R]; lanes that are left over are zero.</summary>
    private void Take(ReadOnlySpan<T> points, int first, int rows, LaneArray<S, T, V> lanes)
    {
        var count = Math.Min(S.Count, rows - first);
        for (var place = 0; place < lanes.Count; place++)
        {
            var own = lanes.Numbers.Slice(place * S.Count, S.Count);
            points.Slice((Line(place) * rows) + first, count).CopyTo(own);
            own[count..].Clear();
        }
    }

    private void Put(LaneArray<S, T, V> lanes, Span<T> points, int first, int rows)
    {
        var count = Math.Min(S.Count, rows - first);
        for (var place = 0; place < lanes.Count; place++)
        {
            lanes.Numbers.Slice(place * S.Count, count).CopyTo(points.Slice((Line(place) * rows) + first, count));
        }
    }

    /// <summary>Where a coordinate of a particle is among points [D, n, R].</summary>
    private int Line(int place) => ((place % _shape.Coordinates) * _shape.Particles) + (place / _shape.Coordinates);
}
