using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>y = Φ⁻¹(F(x)) of the unit interval, with F the feature's distribution function, linear within each of the equal bins.</summary>
internal sealed class HistogramBijection : CoordinateBijection
{
    public const string Kind = "histogram-gaussianization";
    private const int MaxBins = 1 << 16;

    // Beyond this no double lies between F and 1, and y would be infinite.
    private const double Edge = 1e-15;
    private readonly int _bins;
    private readonly double[] _mass;
    private readonly double[] _below;
    private readonly double _logWidth;

    private HistogramBijection(int features, int bins, double[] mass)
        : base(features)
    {
        (_bins, _mass, _below) = (bins, mass, new double[mass.Length]);
        _logWidth = Math.Log(bins) + (0.5 * Math.Log(2 * Math.PI));
        for (var feature = 0; feature < features; feature++)
        {
            var sum = 0.0;
            for (var place = feature * bins; place < (feature + 1) * bins; place++)
            {
                sum += mass[place];
                _below[place] = sum - mass[place];
            }
        }
    }

    public static HistogramBijection Restore(StoredComponent stored)
    {
        var mass = stored.Tensor("probability");
        var isTable = mass.IsWide(2) && mass.Shape[0] > 0 && mass.Shape[1] is >= 2 and <= MaxBins;
        if (isTable && Array.TrueForAll(mass.Values, share => share > 0))
        {
            var (features, bins) = (checked((int)mass.Shape[0]), (int)mass.Shape[1]);
            var sums = Enumerable.Range(0, features).Select(feature => new ArraySegment<double>(mass.Values, feature * bins, bins).Sum());
            if (sums.All(sum => Math.Abs(sum - 1) <= 1e-6))
            {
                return new(features, bins, mass.Values);
            }
        }

        throw new FormatException(
            $"Expected positive float64 probabilities [N, bins] that sum to 1 in the stored {stored.Kind}; the file is damaged.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double Forward(double x, int feature, out double logSlope)
    {
        if (x is not (>= 0 and <= 1))
        {
            logSlope = 0;
            return double.NaN;
        }

        var y = SpecialFunctions.NormalQuantile((2 * Math.Clamp(Share(x, feature, out var mass), Edge, 1 - Edge)) - 1);
        logSlope = LogSlope(mass, y);
        return y;
    }

    protected override (OnnxValue Y, OnnxValue LogSlope) ToOnnx(OnnxValue x)
    {
        var isInside = x.Clamp(0, 1).EqualTo(x);
        // A look-up of what is no number would end that of all rows.
        var place = isInside.Choose(x, 0) * _bins;
        var bin = place.Floor().Clamp(0, _bins - 1);
        var features = _mass.Length / _bins;
        OnnxValue Of(double[] table)
        {
            var columns = new double[table.Length];
            for (var i = 0; i < table.Length; i++)
            {
                columns[(i % _bins * features) + (i / _bins)] = table[i];
            }

            OnnxValue[] inputs = [x.Graph.Constant(columns, _bins, features), bin.To(OnnxType.Int64)];
            return x.Graph.Node("GatherElements", OnnxType.Double, inputs, ("axis", 0L));
        }

        var mass = Of(_mass);
        var share = Of(_below) + (mass * (place - bin));
        var y = NormalFunctions.Quantile((share.Clamp(Edge, 1 - Edge) * 2) - 1);
        return (y, isInside.Choose(mass.Log() + (y * y * 0.5) + _logWidth, double.NegativeInfinity));
    }

    protected override double Inverse(double y, int feature)
    {
        if (double.IsNaN(y))
        {
            return y;
        }

        var share = 0.5 * SpecialFunctions.Erfc(-y / Math.Sqrt(2));
        var found = _below.AsSpan(feature * _bins, _bins).BinarySearch(share);
        var bin = Math.Clamp(found >= 0 ? found : ~found - 1, 0, _bins - 1);
        var place = (feature * _bins) + bin;
        return (Math.Clamp((share - _below[place]) / _mass[place], 0, 1) + bin) / _bins;
    }

    protected override double PullBack(double gradient, int feature, double x, double y) =>
        Share(x, feature, out var mass) is < Edge or > 1 - Edge ? 0 : (gradient + y) * Math.Exp(LogSlope(mass, y));

    /// <summary>ln dy/dx.</summary>
    private double LogSlope(double mass, double y) => Math.Log(mass) + (0.5 * y * y) + _logWidth;

    /// <summary>F(x), and the probability of the bin.</summary>
    private double Share(double x, int feature, out double mass)
    {
        // A row that was excluded may hold anything.
        var bin = Math.Clamp((int)Math.Clamp(Math.Floor(x * _bins), 0, _bins), 0, _bins - 1);
        var place = (feature * _bins) + bin;
        mass = _mass[place];
        return _below[place] + (mass * ((x * _bins) - bin));
    }
}
