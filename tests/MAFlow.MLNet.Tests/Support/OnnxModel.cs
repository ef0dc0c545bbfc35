using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MAFlow.MLNet.Tests;

/// <summary>A pipeline that ML.NET's converter exported, run by ONNX Runtime alone.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxModel(MLContext context, ITransformer model, IDataView data)
    {
        using var stream = new MemoryStream();
        context.Model.ConvertToOnnx(model, data, stream);
        Bytes = stream.ToArray();
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        _session = new InferenceSession(Bytes, options);
    }

    public byte[] Bytes { get; }

    /// <summary>The columns that are asked for, of inputs that are given by name; all others of the model's inputs are zero.</summary>
    public T[][] Run<T>(string[] columns, params (string Name, Array Values, int Width)[] inputs)
    {
        var rows = inputs[0].Values.Length / inputs[0].Width;
        NamedOnnxValue[] values = [.. _session.InputMetadata.Select(pair =>
        {
            var given = inputs.FirstOrDefault(input => input.Name == pair.Key);
            return given.Values switch
            {
                string[] texts => NamedOnnxValue.CreateFromTensor(pair.Key, new DenseTensor<string>(texts, [rows, given.Width])),
                float[] numbers => NamedOnnxValue.CreateFromTensor(pair.Key, new DenseTensor<float>(numbers, [rows, given.Width])),
                _ => NamedOnnxValue.CreateFromTensor(pair.Key, new DenseTensor<float>(new float[rows], [rows, 1])),
            };
        })];
        using var results = _session.Run(values, [.. columns.Select(column => column + ".output")]);
        return [.. results.Select(result => result.AsTensor<T>().ToArray())];
    }

    public void Dispose() => _session.Dispose();
}
