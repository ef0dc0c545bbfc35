using static TorchSharp.torch;

namespace MAFlow.Torch.Serialization;

/// <summary>
/// Named tensors and text metadata in the safetensors format: 8 bytes of header length, a JSON header, then raw little-endian numbers.
/// </summary>
/// <remarks>
/// Inert: reading runs no code. PyTorch reads the same files with <c>safetensors.torch.load_file</c>. Format:
/// github.com/huggingface/safetensors.
/// </remarks>
internal sealed class SafetensorsFile : IDisposable
{
    /// <summary>Collects tensors and metadata; the tensors belong to the file object from now on.</summary>
    /// <param name="tensors">Float32, Float64, BFloat16, Int64 or Byte tensors by name.</param>
    /// <param name="metadata">Text by key.</param>
    public SafetensorsFile(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(metadata);
        (Tensors, Metadata) = (tensors, metadata);
    }

    /// <summary>Tensors by name, on the CPU.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Text by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">The file is no safetensors file, or is damaged; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Load(string path)
    {
        using var stream = File.OpenRead(path);
        return Load(stream, stream.Length);
    }

    /// <summary>Reads a file from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes of the file, an upper bound on everything that is allocated.</param>
    /// <exception cref="FormatException">The bytes are no safetensors file, or are damaged; the message says where.</exception>
    public static SafetensorsFile Load(Stream stream, long length)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var header = SafetensorsHeader.Read(stream, length);
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in header.Entries)
        {
            var data = empty(entry.Shape, dtype: entry.Type);
            tensors.Add(entry.Name, data);
            if (!TensorBytes.Fill(data, stream))
            {
                throw new FormatException(
                    $"Expected {entry.End - entry.Begin} bytes of numbers for '{entry.Name}', got fewer; the file was cut short.");
            }
        }

        foreach (var data in tensors.Values)
        {
            data.DetachFromDisposeScope();
        }

        return new(tensors, header.Metadata);
    }

    /// <summary>Writes a file: to a temporary file beside it first, then renamed, so that an interruption loses nothing.</summary>
    /// <exception cref="IOException">The disk is full or read-only; an earlier file of that name is untouched.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        AtomicFile.Write(path, Save);
    }

    /// <summary>Writes the file to a stream, which is left open.</summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var ordered = Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).Select(tensor => (tensor.Key, tensor.Value)).ToList();
        stream.Write(SafetensorsHeader.Encode(ordered, Metadata));
        foreach (var (_, value) in ordered)
        {
            TensorBytes.Write(value, stream.Write);
        }
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in Tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
