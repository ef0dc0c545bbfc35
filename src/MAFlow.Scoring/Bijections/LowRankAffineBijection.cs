using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = C^{-1/2}(x - μ)/σ with C = Vᵀ diag(v) V + ρ(I - VᵀV), ln |det ∂y/∂x| = -½ ln det C - Σ ln σ.</summary>
internal sealed class LowRankAffineBijection : Bijection
{
    public const string Kind = "low-rank-affine";
    private readonly Kernels<double> _kernels;
    private readonly double[] _mean;
    private readonly double[] _deviation;
    private readonly double[] _shrinking;
    private readonly double[] _stretching;
    private readonly double[] _zeros;
    private readonly double _rest;
    private readonly double _logDeterminant;
    private readonly Panels<double> _into;
    private readonly Panels<double> _out;

    private LowRankAffineBijection(
        double[] mean, double[] deviation, double[] variances, double rest, double[] vectors, Kernels<double> kernels)
        : base(mean.Length)
    {
        (_mean, _deviation, _rest, _kernels) = (mean, deviation, rest, kernels);
        var (width, rank) = (mean.Length, variances.Length);
        _logDeterminant = -deviation.Sum(Math.Log) - (0.5 * (variances.Sum(Math.Log) + ((width - rank) * Math.Log(rest))));
        _shrinking = [.. variances.Select(variance => Math.Sqrt(rest / variance) - 1)];
        _stretching = [.. variances.Select(variance => Math.Sqrt(variance / rest) - 1)];
        _zeros = new double[Panels<double>.Padded(width)];
        _into = new(width, rank, (feature, k) => vectors[((long)k * width) + feature]);
        _out = new(rank, width, (k, feature) => vectors[((long)k * width) + feature]);
    }

    public static LowRankAffineBijection Restore(StoredComponent stored, Kernels<double> kernels)
    {
        var mean = Moments.Numbers(stored, "mean");
        var deviation = Moments.Positive(stored, "deviation", mean.Length);
        var rest = Moments.Positive(stored, "rest", 1)[0];
        var variances = Moments.Numbers(stored, "variances");
        variances = Moments.Positive(stored, "variances", variances.Length);
        var vectors = stored.Tensor("vectors");
        if (variances.Length <= mean.Length && vectors.IsWide(2) && vectors.Shape[0] == variances.Length && vectors.Shape[1] == mean.Length)
        {
            var result = new LowRankAffineBijection(mean, deviation, variances, rest, vectors.Values, kernels);
            if (result.IsOrthonormal(vectors.Values))
            {
                return result;
            }
        }

        throw new FormatException(
            $"Expected orthonormal float64 vectors of shape [{variances.Length}, {mean.Length}] in the stored {stored.Kind}; "
            + "the file is damaged.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            for (var feature = 0; feature < values.Length; feature++)
            {
                values[feature] = (values[feature] - _mean[feature]) / _deviation[feature];
            }

            rows.LogProb[row] += _logDeterminant;
        }

        Stretch(rows, -0.5);
    }

    public override OnnxMapped ToOnnx(OnnxValue x, int dimension)
    {
        var z = (x - x.Row(_mean)) / x.Row(_deviation);
        var along = z.Times(x.Graph.Constant(_into.ToArray(), dimension, _shrinking.Length)) * x.Row(_shrinking);
        var y = along.Times(x.Graph.Constant(_out.ToArray(), _shrinking.Length, dimension), z);
        return new(y * Math.Pow(_rest, -0.5), x.Number(_logDeterminant));
    }

    public override void Inverse(RowBlock rows)
    {
        Stretch(rows, 0.5);
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            for (var feature = 0; feature < values.Length; feature++)
            {
                values[feature] = (values[feature] * _deviation[feature]) + _mean[feature];
            }
        }
    }

    // The root is symmetric.
    public override void PullBack(RowBlock gradient, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Stretch(gradient, -0.5);
        for (var row = 0; row < gradient.Rows; row++)
        {
            var values = gradient.Row(row);
            for (var feature = 0; feature < values.Length; feature++)
            {
                values[feature] /= _deviation[feature];
            }
        }
    }

    /// <summary>Rows times C^power: ρ^p (z + Vᵀ ((v/ρ)^p - 1) V z).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Stretch(RowBlock rows, double power)
    {
        var across = Math.Pow(_rest, power);
        var excess = power < 0 ? _shrinking : _stretching;
        var stride = _into.Columns;
        var along = rows.Spare;
        _kernels.Multiply(rows.Points, rows.Stride, rows.PaddedRows, _into, _zeros, 0, 1, along);
        for (var row = 0; row < rows.PaddedRows; row++)
        {
            var own = along.Slice(row * stride, excess.Length);
            for (var k = 0; k < excess.Length; k++)
            {
                own[k] *= excess[k];
            }
        }

        _kernels.Multiply(along, stride, rows.PaddedRows, _out, rows.Points, rows.Stride, 1, rows.Points);
        foreach (ref var value in rows.Points[..(rows.PaddedRows * rows.Stride)])
        {
            value *= across;
        }
    }

    private bool IsOrthonormal(double[] vectors)
    {
        var (rank, stride) = (_shrinking.Length, _into.Columns);
        var product = new double[checked(rank * stride)];
        _kernels.Multiply(vectors, _mean.Length, rank, _into, _zeros, 0, 1, product);
        return Enumerable.Range(0, rank).All(row => Enumerable.Range(0, rank).All(
            column => Math.Abs(product[(row * stride) + column] - (row == column ? 1 : 0)) <= 1e-6));
    }
}
