namespace MAFlow.Scoring.Onnx;

/// <summary>A graph of ONNX that grows node by node.</summary>
internal abstract class OnnxGraph
{
    /// <summary>The version that old runtimes know, and that ML.NET's converter writes.</summary>
    public const int CommonOpset = 12;

    /// <summary>The first version in which bits can be combined.</summary>
    public const int BitwiseOpset = 18;

    private readonly Dictionary<(double Value, OnnxType Type), OnnxValue> _numbers = [];

    /// <summary>Version of the operators: <see cref="CommonOpset"/>, or <see cref="BitwiseOpset"/> and later.</summary>
    public abstract int Opset { get; }

    /// <summary>Adds a node.</summary>
    /// <param name="operation">Name of its operator.</param>
    /// <param name="type">Type of the numbers that it gives.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="attributes">Attributes: a long, longs or a text each.</param>
    public OnnxValue Node(string operation, OnnxType type, OnnxValue[] inputs, params (string Name, object Value)[] attributes) =>
        new(this, AddNode(operation, 1, [.. inputs.Select(input => input.Name)], attributes)[0], type);

    /// <summary>Where the k smallest numbers of each row lie, in ascending order, [B, k].</summary>
    /// <param name="rows">Rows [B, M] of at least k numbers.</param>
    /// <param name="count">k.</param>
    public OnnxValue PlacesOfSmallest(OnnxValue rows, int count)
    {
        var outputs = AddNode("TopK", 2, [rows.Name, Constant([(long)count], 1).Name], [("largest", 0L)]);
        return new(this, outputs[1], OnnxType.Int64);
    }

    /// <summary>A constant.</summary>
    /// <param name="values">Its numbers, row after row: Single, Double, Int64 or UInt64.</param>
    /// <param name="shape">Its shape; empty for one number.</param>
    /// <typeparam name="T">Type of the numbers.</typeparam>
    public OnnxValue Constant<T>(T[] values, params long[] shape)
        where T : unmanaged => new(this, AddConstant(values, shape), TypeOf<T>());

    /// <summary>A number, which is kept once however often it is asked for.</summary>
    /// <param name="value">The number.</param>
    /// <param name="type">Single, Double or Int64.</param>
    public OnnxValue Number(double value, OnnxType type)
    {
        if (!_numbers.TryGetValue((value, type), out var number))
        {
            _numbers[(value, type)] = number = type switch
            {
                OnnxType.Single => Constant([(float)value]),
                OnnxType.Double => Constant([value]),
                _ => Constant([(long)value]),
            };
        }

        return number;
    }

    /// <summary>The type of a number in ONNX.</summary>
    public static OnnxType TypeOf<T>() =>
        typeof(T) == typeof(float) ? OnnxType.Single
        : typeof(T) == typeof(double) ? OnnxType.Double
        : typeof(T) == typeof(ulong) ? OnnxType.UInt64
        : typeof(T) == typeof(bool) ? OnnxType.Boolean
        : OnnxType.Int64;

    /// <summary>Adds a node; the answer is the names of its outputs.</summary>
    protected abstract string[] AddNode(string operation, int outputs, string[] inputs, (string Name, object Value)[] attributes);

    /// <summary>Adds a constant; the answer is its name.</summary>
    protected abstract string AddConstant<T>(T[] values, long[] shape)
        where T : unmanaged;
}
