using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = (x - μ) Σ^{-1/2} by the eigenvectors of Σ, ln |det ∂y/∂x| = -½ ln det Σ.</summary>
internal sealed class AffineBijection : Bijection
{
    public const string Kind = "affine-gaussianization";
    private readonly Kernels<double> _kernels;
    private readonly double[] _mean;
    private readonly double[] _zeros;
    private readonly Panels<double> _inverseRoot;
    private readonly Lazy<Panels<double>> _root;
    private readonly double _logDeterminant;

    private AffineBijection(double[] mean, double[] eigenvalues, double[] vectors, Kernels<double> kernels)
        : base(mean.Length)
    {
        (_mean, _kernels) = (mean, kernels);
        _logDeterminant = -0.5 * eigenvalues.Sum(Math.Log);
        _zeros = new double[Panels<double>.Padded(mean.Length)];
        _inverseRoot = Power(eigenvalues, vectors, value => 1 / Math.Sqrt(value));
        _root = new(() => Power(eigenvalues, vectors, Math.Sqrt));
    }

    public static AffineBijection Restore(StoredComponent stored, Kernels<double> kernels)
    {
        var mean = Moments.Numbers(stored, "mean");
        var eigenvalues = Moments.Positive(stored, "eigenvalues", mean.Length);
        var vectors = stored.Tensor("eigenvectors");
        if (vectors.IsWide(2) && vectors.Shape[0] == mean.Length && vectors.Shape[1] == mean.Length)
        {
            var result = new AffineBijection(mean, eigenvalues, vectors.Values, kernels);
            if (result.IsOrthonormal(vectors.Values))
            {
                return result;
            }
        }

        throw new FormatException(
            $"Expected orthonormal float64 eigenvectors of shape [{mean.Length}, {mean.Length}] in the stored {stored.Kind}; "
            + "the file is damaged.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            var centred = rows.Spare.Slice(row * rows.Stride, rows.Dimension);
            for (var feature = 0; feature < values.Length; feature++)
            {
                centred[feature] = values[feature] - _mean[feature];
            }

            rows.LogProb[row] += _logDeterminant;
        }

        _kernels.Multiply(rows.Spare, rows.Stride, rows.PaddedRows, _inverseRoot, _zeros, 0, 1, rows.Points);
    }

    public override OnnxMapped ToOnnx(OnnxValue x, int dimension) =>
        new(
            (x - x.Row(_mean)).Times(x.Graph.Constant(_inverseRoot.ToArray(), dimension, dimension)),
            x.Number(_logDeterminant));

    public override void Inverse(RowBlock rows)
    {
        Transform(rows, _root.Value);
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            for (var feature = 0; feature < values.Length; feature++)
            {
                values[feature] += _mean[feature];
            }
        }
    }

    // The root is symmetric.
    public override void PullBack(RowBlock gradient, ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Transform(gradient, _inverseRoot);

    private void Transform(RowBlock rows, Panels<double> matrix)
    {
        rows.Points.CopyTo(rows.Spare);
        _kernels.Multiply(rows.Spare, rows.Stride, rows.PaddedRows, matrix, _zeros, 0, 1, rows.Points);
    }

    /// <summary>V f(λ) Vᵀ.</summary>
    private Panels<double> Power(double[] eigenvalues, double[] vectors, Func<double, double> power)
    {
        var width = _mean.Length;
        double[] powers = [.. eigenvalues.Select(power)];
        var product = Product(vectors, new(width, width, (k, column) => vectors[(column * width) + k] * powers[k]));
        var stride = Panels<double>.Padded(width);
        return new(width, width, (row, column) => product[(row * stride) + column]);
    }

    private bool IsOrthonormal(double[] vectors)
    {
        var (width, stride) = (_mean.Length, Panels<double>.Padded(_mean.Length));
        var product = Product(vectors, new(width, width, (k, column) => vectors[(column * width) + k]));
        return Enumerable.Range(0, width).All(row => Enumerable.Range(0, width).All(
            column => Math.Abs(product[(row * stride) + column] - (row == column ? 1 : 0)) <= 1e-6));
    }

    private double[] Product(double[] left, Panels<double> right)
    {
        var product = new double[checked(right.Rows * right.Columns)];
        _kernels.Multiply(left, right.Rows, right.Rows, right, _zeros, 0, 1, product);
        return product;
    }
}
