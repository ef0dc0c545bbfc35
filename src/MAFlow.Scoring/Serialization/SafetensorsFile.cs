using System.Buffers.Binary;
using System.Text.Json;

namespace MAFlow.Scoring.Serialization;

/// <summary>Named tensors and text metadata of a safetensors file: 8 bytes of header length, a JSON header, then raw little-endian
/// numbers.</summary>
/// <remarks>Files may come from strangers: sizes are checked before they are believed, and memory grows with the bytes that are really
/// there. Format: github.com/huggingface/safetensors.</remarks>
/// <param name="Tensors">Tensors by name.</param>
/// <param name="Metadata">Text by key.</param>
internal sealed record SafetensorsFile(IReadOnlyDictionary<string, StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    private const int LongestHeader = 16 << 20;
    private const int BytesPerRead = 1 << 16;
    private const string MetadataKey = "__metadata__";
    private static readonly JsonDocumentOptions _json = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Reads a file from a stream, which is left open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes of the file.</param>
    /// <exception cref="FormatException">The bytes are no safetensors file, or are damaged.</exception>
    public static SafetensorsFile Load(Stream stream, long length)
    {
        var header = ReadHeader(stream, length);
        using var document = JsonDocument.Parse(header, _json);
        var entries = new List<TensorEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Name == MetadataKey)
            {
                metadata = member.Value.EnumerateObject().ToDictionary(
                    text => text.Name, text => text.Value.GetString() ?? throw Damaged($"a text as '{text.Name}', got null"));
            }
            else
            {
                entries.Add(TensorEntry.Parse(member.Name, member.Value));
            }
        }

        entries = [.. entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];
        RequireContiguous(entries, length - 8 - header.Length);
        return new(entries.ToDictionary(entry => entry.Name, entry => Read(entry, stream)), metadata);
    }

    public static FormatException Damaged(string expectation) =>
        new($"Expected {expectation}; the file is no safetensors file, is damaged, or was cut short.");

    private static byte[] ReadHeader(Stream stream, long length)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8 || stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
        {
            throw Damaged($"at least 8 bytes, got {length}");
        }

        var size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size < 2 || size > LongestHeader || size > (ulong)(length - 8))
        {
            throw Damaged($"a header of 2 to {Math.Min(LongestHeader, length - 8)} bytes, got a length of {size}");
        }

        var bytes = new byte[size];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? bytes
            : throw Damaged($"{size} bytes of header, got fewer");
    }

    /// <summary>Tensors must fill the data section without holes or overlaps, as the format demands.</summary>
    private static void RequireContiguous(List<TensorEntry> entries, long available)
    {
        var position = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != position)
            {
                throw Damaged($"'{entry.Name}' at offset {position}, got {entry.Begin}");
            }

            position = entry.End;
        }

        if (position != available)
        {
            throw Damaged($"{position} bytes of numbers, got {available}");
        }
    }

    private static StoredTensor Read(TensorEntry entry, Stream stream)
    {
        var perRead = BytesPerRead / entry.Size;
        // What a header states is believed when the bytes have come.
        var values = new double[Math.Min(entry.Count, perRead)];
        var bytes = new byte[Math.Min(entry.Count, perRead) * entry.Size];
        for (var start = 0; start < entry.Count; start += perRead)
        {
            var count = Math.Min(perRead, entry.Count - start);
            var part = bytes.AsSpan(0, count * entry.Size);
            if (stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
            {
                throw Damaged($"{entry.End - entry.Begin} bytes of numbers for '{entry.Name}', got fewer");
            }

            if (start + count > values.Length)
            {
                Array.Resize(ref values, (int)Math.Min(entry.Count, 2L * values.Length));
            }

            Widen(part, entry.Size, values.AsSpan(start, count));
        }

        return Array.TrueForAll(values, double.IsFinite)
            ? new(entry.Type, entry.Shape, values)
            : throw new FormatException($"Expected finite numbers in '{entry.Name}', got NaN or infinity; the file is damaged.");
    }

    private static void Widen(ReadOnlySpan<byte> bytes, int size, Span<double> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var number = bytes.Slice(i * size, size);
            values[i] = size switch
            {
                // The upper half of a float32.
                2 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(number) << 16),
                4 => BinaryPrimitives.ReadSingleLittleEndian(number),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(number),
            };
        }
    }
}
