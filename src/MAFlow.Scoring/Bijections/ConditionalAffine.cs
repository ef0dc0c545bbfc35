namespace MAFlow.Scoring.Bijections;

/// <summary>The end of a conditional flow: y = μ(c) + σ(c) ∘ u, where μ and ln σ are linear in the context plus a network with one
/// hidden layer.</summary>
/// <remarks>μ(c) = m + A c + V h(c), ln σ(c) = s + B tanh((S c + R h(c))/B), h(c) = tanh(U c + d), B = 4; the formulas of
/// MAFlow.Torch.</remarks>
internal sealed class ConditionalAffine
{
    public const string Kind = "conditional-affine";
    private const double LargestLogScale = 4;
    private static readonly string[] _names =
        ["location", "linear", "logScale", "logScaleLinear", "hiddenWeight", "hiddenBias", "hiddenLocation", "hiddenLogScale"];

    // m [N], A [N, C], s [N], S [N, C], U [k, C], d [k], V [N, k], R [N, k].
    private readonly double[][] _parameters;

    private ConditionalAffine(double[][] parameters, int dimension, int contextDimension) =>
        (_parameters, Dimension, ContextDimension) = (parameters, dimension, contextDimension);

    /// <summary>Number of coordinates N.</summary>
    public int Dimension { get; }

    /// <summary>Number of context features C.</summary>
    public int ContextDimension { get; }

    private int HiddenUnits => _parameters[5].Length;

    /// <exception cref="NotSupportedException">It is an end of another kind.</exception>
    /// <exception cref="FormatException">The tensors do not fit together.</exception>
    public static ConditionalAffine Restore(StoredComponent stored)
    {
        if (stored.Kind != Kind)
        {
            throw Unknown.Kind("end of a flow", stored.Kind, Kind);
        }

        StoredTensor[] all = [.. _names.Select(stored.Tensor)];
        var (linear, hidden) = (all[1].Shape, all[4].Shape);
        var (n, c, k) = linear.Length == 2 && hidden.Length == 2 ? (linear[0], linear[1], hidden[0]) : (0, 0, 0);
        long[][] shapes = [[n], [n, c], [n], [n, c], [k, c], [k], [n, k], [n, k]];
        return n > 0 && c > 0 && k > 0 && all.Zip(shapes).All(pair => pair.First.Shape.SequenceEqual(pair.Second))
            ? new([.. all.Select(tensor => tensor.Values)], checked((int)n), checked((int)c))
            : throw new FormatException(
                "Expected locations and scales [N], slopes [N, C] and a hidden layer [k, C] at the end of the flow; the file is damaged.");
    }

    /// <summary>u = (y - μ)/σ; adds ln |det ∂u/∂y| = -Σ ln σ.</summary>
    public void Forward(RowBlock rows) => ForEach(rows, (ref double value, double location, double logScale, ref double logProb) =>
    {
        value = (value - location) * Math.Exp(-logScale);
        logProb -= logScale;
    });

    /// <summary>y = μ + σ ∘ u.</summary>
    public void Inverse(RowBlock rows) => ForEach(rows, (ref double value, double location, double logScale, ref double _) =>
        value = (value * Math.Exp(logScale)) + location);

    /// <summary>Takes a gradient by u back to one by y.</summary>
    /// <param name="gradient">Gradients in place of points.</param>
    public void PullBack(RowBlock gradient) => ForEach(gradient, (ref double value, double _, double logScale, ref double _) =>
        value *= Math.Exp(-logScale));

    /// <summary><see cref="Forward"/> as nodes of a graph, with locations and scales of the flow's type.</summary>
    /// <param name="y">Rows [B, N] of float64.</param>
    /// <param name="context">Scaled contexts [B, C] of the flow's type.</param>
    public OnnxMapped ToOnnx(OnnxValue y, OnnxValue context)
    {
        var (n, c, k) = (Dimension, ContextDimension, HiddenUnits);
        var hidden = context.Times(Transposed(4, c, k), Row(5)).Node("Tanh");
        var location = context.Times(Transposed(1, c, n), Row(0)) + hidden.Times(Transposed(6, k, n));
        var change = context.Times(Transposed(3, c, n)) + hidden.Times(Transposed(7, k, n));
        var bounded = (change / LargestLogScale).Node("Tanh") * LargestLogScale;
        var logScale = (bounded + Row(2)).To(OnnxType.Double);
        return new((y - location.To(OnnxType.Double)) * (-logScale).Exp(), -logScale.Sum());

        OnnxValue Row(int place) => context.Graph.Constant(_parameters[place], _parameters[place].Length).To(context.Type);

        OnnxValue Transposed(int place, int rows, int columns)
        {
            var source = _parameters[place];
            var values = new double[source.Length];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = source[(i % columns * rows) + (i / columns)];
            }

            return context.Graph.Constant(values, rows, columns).To(context.Type);
        }
    }

    private delegate void Change(ref double value, double location, double logScale, ref double logProb);

    private void ForEach(RowBlock rows, Change change)
    {
        var hidden = new double[HiddenUnits];
        for (var row = 0; row < rows.Rows; row++)
        {
            var context = rows.Context(row);
            for (var unit = 0; unit < hidden.Length; unit++)
            {
                hidden[unit] = Math.Tanh(_parameters[5][unit] + Dot(4, unit, context));
            }

            var values = rows.Row(row);
            for (var i = 0; i < values.Length; i++)
            {
                var location = _parameters[0][i] + Dot(1, i, context) + Dot(6, i, hidden);
                var slope = (Dot(3, i, context) + Dot(7, i, hidden)) / LargestLogScale;
                change(ref values[i], location, _parameters[2][i] + (LargestLogScale * Math.Tanh(slope)), ref rows.LogProb[row]);
            }
        }
    }

    /// <summary>A row of a matrix times a vector.</summary>
    private double Dot(int place, int row, ReadOnlySpan<double> vector)
    {
        var matrix = _parameters[place].AsSpan(row * vector.Length, vector.Length);
        var sum = 0.0;
        for (var i = 0; i < vector.Length; i++)
        {
            sum += matrix[i] * vector[i];
        }

        return sum;
    }
}
