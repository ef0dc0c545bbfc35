using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Serialization;

/// <summary>The JSON header of a safetensors file, fully checked before anything is allocated for a tensor.</summary>
/// <param name="Entries">Tensors in the order of their bytes.</param>
/// <param name="Metadata">Text by key.</param>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsHeader.Entry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    private const int LongestHeader = 16 << 20;
    private const string MetadataKey = "__metadata__";

    private static readonly (string Name, ScalarType Type, int Size)[] _types =
    [
        ("F32", ScalarType.Float32, 4), ("F64", ScalarType.Float64, 8), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("U8", ScalarType.Byte, 1),
    ];

    /// <summary>Name, type, shape and first byte of one tensor.</summary>
    internal sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End);

    public static SafetensorsHeader Read(Stream stream, long length)
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
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw Damaged($"{size} bytes of header, got fewer");
        }

        try
        {
            var root = JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = 8 }) as JsonObject
                ?? throw Damaged("a JSON object as header");
            var metadata = root[MetadataKey] is JsonObject texts
                ? texts.ToDictionary(text => text.Key, text => text.Value!.GetValue<string>())
                : [];
            var entries = root.Where(member => member.Key != MetadataKey).Select(member => Parse(member.Key, member.Value))
                .OrderBy(entry => entry.Begin).ThenBy(entry => entry.End).ToList();
            RequireContiguous(entries, length - 8 - (long)size);
            return new(entries, metadata);
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or NullReferenceException or ArgumentException or OverflowException)
        {
            throw new FormatException(
                $"Expected a safetensors header, got something else ({error.Message}); the file is damaged or of another kind.", error);
        }
    }

    public static byte[] Encode(IReadOnlyList<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var root = new JsonObject();
        if (metadata.Count > 0)
        {
            root[MetadataKey] = new JsonObject(metadata.OrderBy(text => text.Key, StringComparer.Ordinal)
                .Select(text => KeyValuePair.Create(text.Key, (JsonNode?)text.Value)));
        }

        var offset = 0L;
        foreach (var (name, value) in tensors)
        {
            var type = _types.FirstOrDefault(candidate => candidate.Type == value.dtype);
            if (type.Name is null)
            {
                throw new NotSupportedException(
                    $"Expected tensors of type {string.Join(", ", _types.Select(candidate => candidate.Type))}, "
                    + $"got {value.dtype} in '{name}'.");
            }

            var end = offset + (value.numel() * type.Size);
            root[name] = new JsonObject
            {
                ["dtype"] = type.Name,
                ["shape"] = new JsonArray([.. value.shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(root);
        // Padded with spaces so that the numbers start at a multiple of 8, as the format recommends.
        var padded = (json.Length + 7) / 8 * 8;
        var bytes = new byte[8 + padded];
        bytes.AsSpan(8).Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)padded);
        json.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    private static Entry Parse(string name, JsonNode? node)
    {
        var (code, shape, offsets) = (node!["dtype"]!.GetValue<string>(), Integers(node["shape"]), Integers(node["data_offsets"]));
        var type = _types.FirstOrDefault(candidate => candidate.Name == code);
        if (type.Name is null)
        {
            throw Damaged($"one of the types {string.Join(", ", _types.Select(candidate => candidate.Name))} for '{name}', got {code}");
        }

        if (offsets.Length != 2 || shape.Length > 8 || shape.Any(extent => extent < 0))
        {
            throw Damaged($"a shape and two offsets for '{name}'");
        }

        // The strides of an empty tensor must not overflow either.
        var strides = shape.Aggregate(1L, (product, extent) => checked(product * Math.Max(1, extent)));
        var bytes = shape.Contains(0) ? 0 : checked(strides * type.Size);
        return bytes == checked(offsets[1] - offsets[0]) && offsets[0] >= 0
            ? new Entry(name, type.Type, shape, offsets[0], offsets[1])
            : throw Damaged($"{bytes} bytes for '{name}' of shape {TensorChecks.Format(shape)}, got offsets {offsets[0]} to {offsets[1]}");
    }

    /// <summary>Tensors must fill the data section without holes or overlaps, as the format demands.</summary>
    private static void RequireContiguous(List<Entry> entries, long available)
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

    private static long[] Integers(JsonNode? node) => [.. node!.AsArray().Select(item => item!.GetValue<long>())];

    private static FormatException Damaged(string expectation) =>
        new($"Expected {expectation}; the file is no safetensors file, is damaged, or was cut short.");
}
