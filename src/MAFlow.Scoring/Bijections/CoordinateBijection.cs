using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>A bijection that maps each coordinate by itself.</summary>
/// <param name="dimension">Number of coordinates N; null where any number will do.</param>
internal abstract class CoordinateBijection(int? dimension) : Bijection(dimension)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Forward(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            var logDeterminant = 0.0;
            var isInside = true;
            for (var feature = 0; feature < values.Length; feature++)
            {
                values[feature] = Forward(values[feature], feature, out var logSlope);
                logDeterminant += logSlope;
                isInside &= !double.IsNaN(values[feature]);
            }

            rows.LogProb[row] += logDeterminant;
            if (!isInside)
            {
                rows.Exclude(row, double.NegativeInfinity);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Inverse(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            for (var feature = 0; feature < values.Length; feature++)
            {
                values[feature] = Inverse(values[feature], feature);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void PullBack(RowBlock gradient, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        for (var row = 0; row < gradient.Rows; row++)
        {
            var values = gradient.Row(row);
            for (var feature = 0; feature < values.Length; feature++)
            {
                var at = (row * gradient.Stride) + feature;
                values[feature] = PullBack(values[feature], feature, x[at], y[at]);
            }
        }
    }

    public sealed override OnnxMapped ToOnnx(OnnxValue x, int dimension)
    {
        var (y, logSlope) = ToOnnx(x);
        return new(y, logSlope.Sum());
    }

    /// <summary>y and ln dy/dx of all coordinates [B, N].</summary>
    protected abstract (OnnxValue Y, OnnxValue LogSlope) ToOnnx(OnnxValue x);

    /// <summary>y of one coordinate, and ln dy/dx; NaN outside of the support.</summary>
    protected abstract double Forward(double x, int feature, out double logSlope);

    /// <summary>x of one coordinate.</summary>
    protected abstract double Inverse(double y, int feature);

    /// <summary>gradient · dy/dx + d/dx ln dy/dx.</summary>
    protected abstract double PullBack(double gradient, int feature, double x, double y);
}
