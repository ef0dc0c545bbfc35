using System.Numerics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>A solve between two knots on the CPU in our own vector code, the rows of a batch side by side: for a few particles a native
/// call per operation costs many times what the arithmetic does.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class ParticleSolve<T> : IKnotSolve
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor[] _terms;
    private readonly LaneMethod<T> _method;
    private readonly LanePool<T> _pool;
    private readonly LaneRows<T> _rows;

    /// <param name="pool">Where lanes are taken from.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="terms">Coefficients at both ends, and constants.</param>
    public ParticleSolve(LanePool<T> pool, ButcherTableau tableau, TimeGrid piece, IReadOnlyList<Tensor> terms)
    {
        _terms = [.. terms];
        var (linear, constants) = (terms[0].ToNumbers<T>(), terms.Count > 1 ? terms[1].ToNumbers<T>() : []);
        var coefficients = linear.Length / 2;
        pool.Symmetrize(linear);
        var table = new T[piece.StepsPerPiece * tableau.Stages * coefficients];
        _method = new(tableau, piece.StepsPerPiece, piece.Step, table, constants);
        for (var stage = 0; stage < _method.Stages; stage++)
        {
            var share = _method.Fraction(stage / tableau.Stages, stage % tableau.Stages);
            var (before, after) = (T.CreateChecked(1 - share), T.CreateChecked(share));
            for (var place = 0; place < coefficients; place++)
            {
                table[(stage * coefficients) + place] = (before * linear[place]) + (after * linear[coefficients + place]);
            }
        }

        _pool = pool;
        _rows = pool.Rent(tableau.Stages, coefficients);
    }

    /// <inheritdoc/>
    public Tensor MakeRecord(Tensor start) => LargeBuffer.Empty([_method.Stages, .. start.shape], start);

    /// <inheritdoc/>
    public (Tensor X, Tensor Laplacian, Tensor? Score) Integrate(Tensor start, Tensor? score, Tensor? record)
    {
        using var scope = NewDisposeScope();
        var (x, moved) = (Copy(start), score is null ? null : Copy(score));
        var laplacian = zeros(start.shape[^1], dtype: start.dtype);
        var rows = (int)start.shape[^1];
        _rows.Begin(_method);
        for (var first = 0; first < rows; first += _rows.Lanes)
        {
            _rows.Integrate(
                first, rows, x.Numbers<T>(), moved is null ? [] : moved.Numbers<T>(), laplacian.Numbers<T>(),
                record is null ? [] : record.Numbers<T>());
        }

        return (x.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope(), moved?.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Differentiate(Tensor record, Tensor adjoint, Tensor? upstream)
    {
        using var scope = NewDisposeScope();
        var (result, rows, given) = (Copy(adjoint), (int)adjoint.shape[^1], upstream?.contiguous());
        _rows.Begin(_method);
        for (var first = 0; first < rows; first += _rows.Lanes)
        {
            _rows.Differentiate(first, rows, record.Numbers<T>(), result.Numbers<T>(), given is null ? [] : given.Numbers<T>());
        }

        Tensor[] totals = [.. _terms.Select(term => zeros_like(term))];
        var ends = totals[0].Numbers<T>();
        _rows.Totals(ends[.. (ends.Length / 2)], ends[(ends.Length / 2) ..], totals.Length > 1 ? totals[1].Numbers<T>() : []);
        return [result.MoveToOuterDisposeScope(), .. totals.Select(total => total.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public void Dispose() => _pool.Return(_rows);

    private static Tensor Copy(Tensor tensor) => tensor.detach().contiguous().clone();
}
