namespace MAFlow.Scoring.Bijections;

/// <summary>Fields on a torus, each wave vector k shrunk by e^{-θ(k)}: a symmetric map, diagonal in the real Fourier basis.</summary>
internal sealed class CirculantBijection : Bijection
{
    public const string Kind = "circulant-gaussian";
    private const int MaxExtent = 1 << 10;
    private readonly (int Extent, int Inner, double[] Matrix)[] _axes;
    private readonly double[] _shrink;
    private readonly double[] _stretch;
    private readonly double _logDeterminant;

    private CirculantBijection(int[] extents, double[] logarithms)
        : base(logarithms.Length)
    {
        var inner = logarithms.Length;
        _axes = [.. extents.Select(extent => (extent, inner /= extent, Matrix(extent)))];
        (_shrink, _stretch) = ([.. logarithms.Select(value => Math.Exp(-value))], [.. logarithms.Select(Math.Exp)]);
        _logDeterminant = -logarithms.Sum();
    }

    public static CirculantBijection Restore(StoredComponent stored, int dimension)
    {
        var numbers = stored.Numbers("extents");
        if (numbers.Any(extent => extent < 2 || extent > dimension || extent != Math.Floor(extent))
            || numbers.Length == 0 || numbers.Aggregate(1.0, (product, extent) => product * extent) != dimension)
        {
            throw new FormatException(
                $"Expected the extents of a torus of {dimension} sites in the stored {stored.Kind}, got others; the file is damaged.");
        }

        int[] extents = [.. numbers.Select(extent => (int)extent)];
        if (extents.Max() > MaxExtent)
        {
            throw new NotSupportedException(
                $"Expected a torus of at most {MaxExtent} sites along an axis, got one of {extents.Max()}; MAFlow.Torch scores it.");
        }

        var (orbits, shared) = (Orbits(extents, dimension), stored.Tensor("logarithms"));
        return shared.Shape.Length == 1 && shared.Values.Length == orbits.Max() + 1
            ? new(extents, [.. orbits.Select(orbit => shared.Values[orbit])])
            : throw new FormatException(
                $"Expected {orbits.Max() + 1} logarithms, one per orbit of wave vectors, in the stored {stored.Kind}; "
                + "the file is damaged.");
    }

    public override void Forward(RowBlock rows)
    {
        Filter(rows, _shrink);
        for (var row = 0; row < rows.Rows; row++)
        {
            rows.LogProb[row] += _logDeterminant;
        }
    }

    public override OnnxMapped ToOnnx(OnnxValue x, int dimension)
    {
        var waves = _axes.Aggregate(x, (field, axis) => Along(field, axis, dimension, isBack: false));
        var y = _axes.Aggregate(waves * x.Row(_shrink), (field, axis) => Along(field, axis, dimension, isBack: true));
        return new(y, x.Number(_logDeterminant));
    }

    public override void Inverse(RowBlock rows) => Filter(rows, _stretch);

    // The map is symmetric.
    public override void PullBack(RowBlock gradient, ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Filter(gradient, _shrink);

    private void Filter(RowBlock rows, double[] factors)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var field = rows.Row(row);
            var spare = rows.Spare.Slice(row * rows.Stride, rows.Dimension);
            foreach (var (extent, inner, matrix) in _axes)
            {
                Along(extent, inner, matrix, extent, 1, field, spare);
            }

            for (var wave = 0; wave < factors.Length; wave++)
            {
                field[wave] *= factors[wave];
            }

            foreach (var (extent, inner, matrix) in _axes)
            {
                Along(extent, inner, matrix, 1, extent, field, spare);
            }
        }
    }

    /// <summary>Multiplies a field along one axis by a matrix, whose numbers are so far apart from row to row and from column to
    /// column.</summary>
    private static void Along(int extent, int inner, double[] matrix, int down, int right, Span<double> field, Span<double> spare)
    {
        field.CopyTo(spare);
        for (var start = 0; start < field.Length; start += extent * inner)
        {
            for (var to = 0; to < extent; to++)
            {
                var target = field.Slice(start + (to * inner), inner);
                target.Clear();
                for (var from = 0; from < extent; from++)
                {
                    var factor = matrix[(to * down) + (from * right)];
                    var source = spare.Slice(start + (from * inner), inner);
                    for (var i = 0; i < target.Length; i++)
                    {
                        target[i] += factor * source[i];
                    }
                }
            }
        }
    }

    /// <summary>The same for all rows of a graph, by a matrix or its transpose.</summary>
    private static OnnxValue Along(OnnxValue rows, (int Extent, int Inner, double[] Matrix) axis, int dimension, bool isBack)
    {
        var (extent, inner, matrix) = axis;
        var turned = new double[matrix.Length];
        for (var i = 0; i < matrix.Length; i++)
        {
            turned[i] = isBack ? matrix[(i % extent * extent) + (i / extent)] : matrix[i];
        }

        var fields = rows.Reshape(-1, dimension / (extent * inner), extent, inner);
        return rows.Graph.Constant(turned, extent, extent).Times(fields).Reshape(-1, dimension);
    }

    /// <summary>The orthonormal cosines and sines along an axis, one function a row.</summary>
    private static double[] Matrix(int extent)
    {
        var matrix = new double[extent * extent];
        for (var function = 0; function < extent; function++)
        {
            var wave = Wave(function, extent);
            var scale = Math.Sqrt((wave == 0 || 2 * wave == extent ? 1.0 : 2.0) / extent);
            for (var site = 0; site < extent; site++)
            {
                var angle = 2 * Math.PI * (wave * site % extent) / extent;
                matrix[(function * extent) + site] = scale * (function <= extent / 2 ? Math.Cos(angle) : Math.Sin(angle));
            }
        }

        return matrix;
    }

    /// <summary>Cosines of the waves 0 to ⌊L/2⌋, then sines from wave 1 on.</summary>
    private static int Wave(int function, int extent) => function <= extent / 2 ? function : function - (extent / 2);

    /// <summary>For each basis function the number of its wave vector's orbit, which reflections and exchanges of equal axes make;
    /// numbered as the wave vectors come in the order of the sites.</summary>
    private static int[] Orbits(int[] extents, int sites)
    {
        var numbers = new Dictionary<string, int>();
        var functions = new int[sites];
        for (var site = 0; site < sites; site++)
        {
            numbers.TryAdd(Key(extents, site, (index, extent) => Math.Min(index, extent - index)), numbers.Count);
        }

        for (var function = 0; function < sites; function++)
        {
            functions[function] = numbers[Key(extents, function, Wave)];
        }

        return functions;
    }

    private static string Key(int[] extents, int place, Func<int, int, int> wave)
    {
        var waves = new (int Extent, int Wave)[extents.Length];
        for (var axis = extents.Length - 1; axis >= 0; axis--)
        {
            (place, var index) = Math.DivRem(place, extents[axis]);
            waves[axis] = (extents[axis], wave(index, extents[axis]));
        }

        return string.Join(' ', waves.Order().Select(pair => pair.Wave));
    }
}
