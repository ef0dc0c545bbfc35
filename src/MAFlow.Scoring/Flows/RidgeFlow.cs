using System.Numerics;
using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Flows;

/// <summary>A flow in numbers of one type.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class RidgeFlow<T> : Flow
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostRows = 24;
    private const int NumbersPerBlock = 1 << 15;
    private readonly Piece[] _pieces;
    private readonly ButcherTableau _tableau;
    private readonly RidgeSolve<T> _solve;
    private readonly RidgeReverse<T> _reverse;
    private readonly int _width;
    private readonly int _contextFeatures;

    /// <param name="potential">φ.</param>
    /// <param name="horizon">T.</param>
    /// <param name="tableau">The method.</param>
    /// <param name="kernels">The loops.</param>
    public RidgeFlow(Potential<T> potential, double horizon, ButcherTableau tableau, Kernels<T> kernels)
    {
        var bounds = Bounds(horizon, potential.Breaks);
        _pieces = [.. bounds.Zip(bounds.Skip(1), (start, end) => new Piece(potential.At((start + end) / 2), end - start))];
        (Dimension, ContextDimension) = (potential.Dimension, potential.ContextDimension);
        (_tableau, _solve) = (tableau, new(kernels, tableau));
        _reverse = new(kernels, tableau, _solve);
        _width = _pieces.Max(piece => piece.Potential.Padded);
        _contextFeatures = _pieces.Max(piece => piece.Potential.Context?.PaddedFeatures ?? 0);
        var affordable = NumbersPerBlock / Math.Max(_width, Panels<double>.Padded(Dimension));
        RowsPerBlock = affordable < 6 ? 1 : Math.Min(MostRows, affordable / 6 * 6);
    }

    public override int Dimension { get; }

    public override int ContextDimension { get; }

    public override int Pieces => _pieces.Length;

    public override int RowsPerBlock { get; }

    public override long WorkPerStep => 2L * Dimension * _width * _tableau.Stages;

    public override FlowWorkspace NewWorkspace() =>
        new FlowWorkspace<T>(RowsPerBlock, Dimension, _width, _tableau.Stages, ContextDimension, _contextFeatures);

    public override void Encode(RowBlock rows, FlowWorkspace space, int steps)
    {
        var own = (FlowWorkspace<T>)space;
        Load(rows, own);
        for (var k = _pieces.Length - 1; k >= 0; k--)
        {
            Carry(_pieces[k], rows, own, steps);
        }

        Store(rows, own.X, own.Stride);
        AddNormal(rows);
    }

    public override OnnxMapped ToOnnx(OnnxValue points, OnnxValue? context, int steps)
    {
        var (x, logProb) = (points.To(OnnxGraph.TypeOf<T>()), points.Number(-0.5 * Dimension * Math.Log(2 * Math.PI)));
        foreach (var piece in _pieces.Reverse())
        {
            (x, var change) = RidgeToOnnx.Carry(piece.Potential, _tableau, x, context, steps, -piece.Duration / steps);
            logProb += change;
        }

        var codes = x.To(OnnxType.Double);
        return new(codes, logProb - ((codes * codes).Sum() * 0.5));
    }

    public override OnnxValue Round(OnnxValue points) => points.To(OnnxGraph.TypeOf<T>()).To(OnnxType.Double);

    public override void Decode(RowBlock rows, FlowWorkspace space, int steps)
    {
        var own = (FlowWorkspace<T>)space;
        Load(rows, own);
        foreach (var piece in _pieces)
        {
            _solve.Carry(piece.Potential, own, rows.PaddedRows, steps, piece.Duration / steps);
        }

        Store(rows, own.X, own.Stride);
    }

    public override void Differentiate(RowBlock rows, FlowWorkspace space, int steps)
    {
        var own = (FlowWorkspace<T>)space;
        Load(rows, own);
        var size = rows.PaddedRows * own.Stride;
        var starts = own.Starts((long)size * _pieces.Length);
        for (var k = _pieces.Length - 1; k >= 0; k--)
        {
            own.X[..size].CopyTo(starts[(k * size)..]);
            Carry(_pieces[k], rows, own, steps);
        }

        Store(rows, own.X, own.Stride);
        AddNormal(rows);
        // ∂ ln p/∂z = -z.
        var gradient = own.Gradient[..size];
        for (var i = 0; i < size; i++)
        {
            gradient[i] = -own.X[i];
        }

        for (var k = 0; k < _pieces.Length; k++)
        {
            starts.Slice(k * size, size).CopyTo(own.X);
            _reverse.PullBack(_pieces[k].Potential, own, rows.PaddedRows, steps, -_pieces[k].Duration / steps);
        }

        Store(rows, gradient, own.Stride);
    }

    public override void Round(RowBlock rows)
    {
        foreach (ref var value in rows.Points)
        {
            value = double.CreateTruncating(T.CreateTruncating(value));
        }
    }

    /// <summary>Backwards through a piece, where ln p(z) - ln p(x) grows by ∫∇²φ dt.</summary>
    private void Carry(Piece piece, RowBlock rows, FlowWorkspace<T> space, int steps)
    {
        _solve.Carry(piece.Potential, space, rows.PaddedRows, steps, -piece.Duration / steps);
        RidgeSolve<T>.AddLaplacian(piece.Potential, space, -piece.Duration, rows.LogProb[..rows.Rows]);
    }

    /// <summary>Times at which pieces meet, as MAFlow.Torch cuts them.</summary>
    private static List<double> Bounds(double horizon, IEnumerable<double> breaks)
    {
        // Times that differ by rounding alone leave no piece between them.
        var slack = 1e-12 * horizon;
        var bounds = new List<double> { 0 };
        foreach (var time in breaks.Order())
        {
            if (time > bounds[^1] + slack && time < horizon - slack)
            {
                bounds.Add(time);
            }
        }

        return [.. bounds, horizon];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Load(RowBlock rows, FlowWorkspace<T> space)
    {
        for (var row = 0; row < rows.PaddedRows; row++)
        {
            var source = rows.Row(row);
            var target = space.X.Slice(row * space.Stride, space.Stride);
            target.Clear();
            for (var i = 0; row < rows.Rows && i < source.Length; i++)
            {
                target[i] = T.CreateTruncating(source[i]);
            }

            var context = rows.Context(row);
            for (var k = 0; k < context.Length; k++)
            {
                space.Contexts[(row * context.Length) + k] = T.CreateTruncating(context[k]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(RowBlock rows, Span<T> points, int stride)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var source = points[(row * stride)..];
            var target = rows.Row(row);
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = double.CreateTruncating(source[i]);
            }
        }
    }

    /// <summary>ln p(z) = -½|z|² - (N/2) ln 2π.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddNormal(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var squares = 0.0;
            foreach (var value in rows.Row(row))
            {
                squares += value * value;
            }

            rows.LogProb[row] -= 0.5 * (squares + (rows.Dimension * Math.Log(2 * Math.PI)));
        }
    }

    private sealed record Piece(RidgePotential<T> Potential, double Duration);
}
