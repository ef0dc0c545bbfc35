using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = (k + u)/levels of x = minimum + k·binWidth, with noise u that is a function of the row's own levels.</summary>
internal sealed class DequantizationBijection : Bijection
{
    public const string Kind = "uniform-dequantization";
    private readonly int _levels;
    private readonly double _binWidth;
    private readonly double _minimum;

    private DequantizationBijection(int levels, double binWidth, double minimum)
        : base(null) => (_levels, _binWidth, _minimum) = (levels, binWidth, minimum);

    public static DequantizationBijection Restore(StoredComponent stored)
    {
        var (levels, width) = (stored.Integer("levels"), stored.Number("binWidth"));
        return levels is >= 2 and <= 1 << 24 && width > 0
            ? new(levels, width, stored.Number("minimum"))
            : throw new FormatException(
                $"Expected at least 2 levels of a positive width in the stored {stored.Kind}; the file is damaged.");
    }

    public override int OnnxOpset => OnnxGraph.BitwiseOpset;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows.Row(row);
            if (!FindLevels(values))
            {
                rows.Exclude(row, double.NegativeInfinity);
                continue;
            }

            var state = Noise.Seed;
            foreach (var level in values)
            {
                state = Noise.Mix(state ^ (uint)(int)level) + Noise.Increment;
            }

            foreach (ref var value in values)
            {
                value = (value + Noise.Next(ref state)) / _levels;
            }

            rows.LogProb[row] -= values.Length * Math.Log(_levels * _binWidth);
        }
    }

    public override OnnxMapped ToOnnx(OnnxValue x, int dimension)
    {
        if (x.Graph.Opset < OnnxOpset)
        {
            throw new NotSupportedException(
                $"Expected preprocessing that version {x.Graph.Opset} of ONNX's operators can express, got '{Kind}', whose noise needs "
                + $"version {OnnxOpset}; DensityScorer.SaveOnnx writes it.");
        }

        var position = (x - _minimum) / _binWidth;
        var level = position.Round();
        var isLevel = ((position - level).Abs() > 1e-3).Choose(x.Number(-1), level);
        var known = isLevel.Clamp(0, _levels - 1);
        var y = (known + OnnxNoise.Of(known, dimension)) / _levels;
        var logSlope = known.EqualTo(isLevel).Choose(x.Number(-Math.Log(_levels * _binWidth)), double.NegativeInfinity);
        return new(y, logSlope.Sum());
    }

    public override void Inverse(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            foreach (ref var value in rows.Row(row))
            {
                value = (Math.Clamp(Math.Floor(value * _levels), 0, _levels - 1) * _binWidth) + _minimum;
            }
        }
    }

    /// <summary>The slope is that of the line through the bin.</summary>
    public override void PullBack(RowBlock gradient, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        for (var row = 0; row < gradient.Rows; row++)
        {
            foreach (ref var value in gradient.Row(row))
            {
                value /= _levels * _binWidth;
            }
        }
    }

    /// <summary>Replaces values by the indices of their levels; false where one has none.</summary>
    private bool FindLevels(Span<double> values)
    {
        foreach (ref var value in values)
        {
            var position = (value - _minimum) / _binWidth;
            value = Math.Round(position);
            if (!(Math.Abs(position - value) <= 1e-3 && value >= 0 && value < _levels))
            {
                return false;
            }
        }

        return true;
    }
}
