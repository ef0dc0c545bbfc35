using System.Globalization;
using System.Runtime.InteropServices;

namespace MAFlow.Scoring.Onnx;

/// <summary>A graph that becomes a file of its own. The numbers of fields are those of onnx.proto.</summary>
internal sealed class OnnxFile(int opset) : OnnxGraph
{
    private readonly Protobuf _graph = new Protobuf().Add(2, "flow");
    private int _count;

    public override int Opset => opset;

    // Of the format itself, as of the same time.
    private int FileVersion => opset < BitwiseOpset ? 7 : 8;

    /// <summary>A tensor [batch, width] of float32 that whoever runs the model gives.</summary>
    public OnnxValue Input(string name, int width)
    {
        _graph.Add(11, Described(name, width));
        return new(this, name, OnnxType.Single);
    }

    /// <summary>A tensor of float32 that the model gives.</summary>
    /// <param name="value">What it is.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="width">Numbers per row; null for one number, without an axis of its own.</param>
    public void Output(OnnxValue value, string name, int? width)
    {
        var shaped = width is null ? value.Reshape(-1) : value;
        _graph.Add(1, new Protobuf().Add(1, shaped.To(OnnxType.Single).Name).Add(2, name).Add(4, "Identity"));
        _graph.Add(12, Described(name, width));
    }

    /// <summary>Writes beside the target and renames: whoever looks sees the old file or the whole new one.</summary>
    public void Save(string path)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = File.Create(temporary))
            {
                WriteTo(stream);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public void WriteTo(Stream target) => new Protobuf().Add(1, FileVersion).Add(2, "MAFlow").Add(7, _graph)
        .Add(8, new Protobuf().Add(1, "").Add(2, Opset)).CopyTo(target);

    protected override string[] AddNode(string operation, int outputs, string[] inputs, (string Name, object Value)[] attributes)
    {
        var (node, names) = (new Protobuf(), Enumerable.Range(0, outputs).Select(_ => NewName()).ToArray());
        foreach (var input in inputs)
        {
            node.Add(1, input);
        }

        foreach (var output in names)
        {
            node.Add(2, output);
        }

        node.Add(4, operation);
        foreach (var (name, value) in attributes)
        {
            var attribute = new Protobuf().Add(1, name);
            node.Add(5, value switch
            {
                string text => attribute.Add(4, text).Add(20, 3),
                long[] numbers => numbers.Aggregate(attribute, (all, number) => all.Add(8, number)).Add(20, 7),
                _ => attribute.Add(3, (long)value).Add(20, 2),
            });
        }

        _graph.Add(1, node);
        return names;
    }

    protected override string AddConstant<T>(T[] values, long[] shape)
    {
        var (tensor, name) = (new Protobuf(), NewName());
        foreach (var length in shape)
        {
            tensor.Add(1, length);
        }

        _graph.Add(5, tensor.Add(2, (long)TypeOf<T>()).Add(8, name).Add(9, MemoryMarshal.AsBytes(values.AsSpan())));
        return name;
    }

    private static Protobuf Described(string name, int? width)
    {
        var shape = new Protobuf().Add(1, new Protobuf().Add(2, "batch"));
        if (width is { } numbers)
        {
            shape.Add(1, new Protobuf().Add(1, numbers));
        }

        var tensor = new Protobuf().Add(1, (long)OnnxType.Single).Add(2, shape);
        return new Protobuf().Add(1, name).Add(2, new Protobuf().Add(1, tensor));
    }

    private string NewName() => string.Create(CultureInfo.InvariantCulture, $"v{_count++}");
}
