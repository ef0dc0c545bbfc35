namespace MAFlow.Scoring.Onnx;

/// <summary>A tensor in a graph, to be written as a formula: every operation adds a node.</summary>
/// <param name="graph">The graph.</param>
/// <param name="name">Name of the tensor.</param>
/// <param name="type">Type of its numbers.</param>
internal sealed class OnnxValue(OnnxGraph graph, string name, OnnxType type)
{
    public OnnxGraph Graph { get; } = graph;

    public string Name { get; } = name;

    public OnnxType Type { get; } = type;

    public static OnnxValue operator +(OnnxValue left, OnnxValue right) => left.Node("Add", right);

    public static OnnxValue operator +(OnnxValue left, double right) => left + left.Number(right);

    public static OnnxValue operator -(OnnxValue left, OnnxValue right) => left.Node("Sub", right);

    public static OnnxValue operator -(OnnxValue left, double right) => left - left.Number(right);

    public static OnnxValue operator -(double left, OnnxValue right) => right.Number(left) - right;

    public static OnnxValue operator -(OnnxValue value) => value.Node("Neg");

    public static OnnxValue operator *(OnnxValue left, OnnxValue right) => left.Node("Mul", right);

    public static OnnxValue operator *(OnnxValue left, double right) => left * left.Number(right);

    public static OnnxValue operator /(OnnxValue left, OnnxValue right) => left.Node("Div", right);

    public static OnnxValue operator /(OnnxValue left, double right) => left / left.Number(right);

    public static OnnxValue operator /(double left, OnnxValue right) => right.Number(left) / right;

    public static OnnxValue operator <(OnnxValue left, OnnxValue right) => left.Compare("Less", right);

    public static OnnxValue operator >(OnnxValue left, OnnxValue right) => left.Compare("Greater", right);

    public static OnnxValue operator <(OnnxValue left, double right) => left < left.Number(right);

    public static OnnxValue operator >(OnnxValue left, double right) => left > left.Number(right);

    public OnnxValue EqualTo(OnnxValue other) => Compare("Equal", other);

    public OnnxValue EqualTo(double other) => EqualTo(Number(other));

    public OnnxValue IsNaN() => Graph.Node("IsNaN", OnnxType.Boolean, [this]);

    /// <summary>Whether numbers are finite: x - x is NaN for the others.</summary>
    public OnnxValue IsFinite() => (this - this).EqualTo(0);

    public OnnxValue Log() => Node("Log");

    public OnnxValue Exp() => Node("Exp");

    public OnnxValue Sqrt() => Node("Sqrt");

    public OnnxValue Abs() => Node("Abs");

    public OnnxValue Floor() => Node("Floor");

    /// <summary>To the nearest whole number, halves to even ones.</summary>
    public OnnxValue Round() => Node("Round");

    public OnnxValue Sign() => Node("Sign");

    public OnnxValue Min(double most) => Node("Min", Number(most));

    public OnnxValue Max(double least) => Node("Max", Number(least));

    public OnnxValue Clamp(double least, double most) => Graph.Node("Clip", Type, [this, Number(least), Number(most)]);

    public OnnxValue Times(OnnxValue matrix) => Node("MatMul", matrix);

    /// <summary>The product with a matrix, added to a row or to rows.</summary>
    public OnnxValue Times(OnnxValue matrix, OnnxValue start) => Graph.Node("Gemm", Type, [this, matrix, start]);

    /// <summary>Where this is true one number, elsewhere the other.</summary>
    public OnnxValue Choose(OnnxValue yes, OnnxValue no) => Graph.Node("Where", yes.Type, [this, yes, no]);

    public OnnxValue Choose(OnnxValue yes, double no) => Choose(yes, yes.Number(no));

    public OnnxValue To(OnnxType type) =>
        type == Type ? this : Graph.Node("Cast", type, [this], ("to", (long)type));

    public OnnxValue Reshape(params long[] shape) => Graph.Node("Reshape", Type, [this, Graph.Constant(shape, shape.Length)]);

    /// <summary>Sums along an axis, which is kept with the length 1.</summary>
    public OnnxValue Sum(long axis = 1) => Reduce("ReduceSum", axis);

    /// <summary>The largest numbers along an axis, which is kept with the length 1.</summary>
    public OnnxValue Largest(long axis) => Reduce("ReduceMax", axis);

    public OnnxValue Number(double value) => Graph.Number(value, Type);

    /// <summary>A row of float64 numbers.</summary>
    public OnnxValue Row(double[] values) => Graph.Constant(values, values.Length);

    public OnnxValue Node(string operation, params OnnxValue[] others) => Graph.Node(operation, Type, [this, .. others]);

    private OnnxValue Compare(string operation, OnnxValue other) => Graph.Node(operation, OnnxType.Boolean, [this, other]);

    // Axes became an input, of sums in version 13 and of all others in version 18.
    private OnnxValue Reduce(string operation, long axis) => Graph.Opset < 13
        ? Graph.Node(operation, Type, [this], ("axes", new[] { axis }))
        : Node(operation, Graph.Constant([axis], 1));
}

/// <summary>What a map makes of rows.</summary>
/// <param name="Rows">The rows [B, N].</param>
/// <param name="LogDeterminant">What ln p gains: one number, or one per row [B, 1].</param>
internal sealed record OnnxMapped(OnnxValue Rows, OnnxValue LogDeterminant);
