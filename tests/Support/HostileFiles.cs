using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MAFlow.Tests;

/// <summary>Damaged copies of a safetensors file: what disks and transfers do to one, and what someone does who knows the format.</summary>
internal static class HostileFiles
{
    private const string Hole = "HOLE-IN-THE-JSON";

    private static readonly string[] _hostileValues =
    [
        "-1", "0", "1", "2", "3", "0.5", "-0.0", "1e308", "1e999", "NaN", "2147483647", "-2147483648", "4294967296", "9223372036854775807", "18446744073709551616",
        "null", "true", "\"\"", "\"x\"", "\"\\ud800\"", "\"F16\"", "\"F32\"", "\"F64\"", "\"I64\"", "\"U8\"", "[]", "{}", "[1]", "[0]", "[null]", "[0,8]", "[8,0]", "[2,2,2,2,2,2,2,2,2,2,2,2]",
        "[9223372036854775807,0]", "[16777216]", "[4096,4096]", "{\"kind\":\"logit\",\"options\":{\"lambda\":0.1}}", "{\"a\":1,\"a\":2}",
        string.Concat(Enumerable.Repeat("[", 10_000)), new string('[', 10_000) + new string(']', 10_000), new string('9', 10_000), $"\"{new string('a', 100_000)}\"",
    ];

    private static readonly byte[][] _hostileNumbers =
    [
        [0, 0, 0, 0, 0, 0, 0xF8, 0x7F], [0, 0, 0, 0, 0, 0, 0xF0, 0x7F], [0, 0, 0, 0, 0, 0, 0xF0, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xEF, 0x7F],
        [0, 0, 0xC0, 0x7F, 0, 0, 0xC0, 0x7F], [1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ];

    /// <summary>A damaged copy.</summary>
    /// <param name="intact">A whole file.</param>
    /// <param name="random">Chooses the damage.</param>
    public static byte[] Damage(byte[] intact, Random random) => random.Next(8) switch
    {
        0 => FlipBits(intact, random),
        1 => intact[..random.Next(intact.Length)],
        2 => HeaderLength(intact, random),
        3 => Numbers(intact, random),
        4 => [.. intact, .. new byte[random.Next(1, 64)]],
        _ => Header(intact, random),
    };

    /// <summary>One to eight bits flipped.</summary>
    public static byte[] FlipBits(byte[] intact, Random random)
    {
        var bytes = intact.ToArray();
        for (var flips = random.Next(1, 9); flips > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }

    /// <summary>JSON with one value replaced, removed, exchanged or doubled.</summary>
    public static string Json(JsonNode root, Random random)
    {
        var places = Places(root).ToList();
        var (parent, key, index) = places[random.Next(places.Count)];
        var replacement = _hostileValues[random.Next(_hostileValues.Length)];
        if (parent is JsonArray items)
        {
            items[index] = Hole;
            return Filled(root, random.Next(4) == 0 ? $"{replacement},{replacement}" : replacement);
        }

        var members = parent.AsObject();
        switch (random.Next(6))
        {
            case 0:
                members.Remove(key);
                return root.ToJsonString();
            case 1:
                var (source, name, position) = places[random.Next(places.Count)];
                members[key] = (source is JsonArray array ? array[position] : source[name])?.DeepClone();
                return root.ToJsonString();
            case 2:
                var twice = members[key]?.ToJsonString() ?? "null";
                members[key] = Hole;
                return Filled(root, $"{twice},{JsonSerializer.Serialize(key)}:{twice}");
            default:
                members[key] = Hole;
                return Filled(root, replacement);
        }
    }

    private static byte[] HeaderLength(byte[] intact, Random random)
    {
        ulong[] lengths = [0, 1, 2, 7, (ulong)intact.Length, (ulong)intact.Length - 8, 1UL << 24, 1UL << 31, 1UL << 40, 1UL << 63, ulong.MaxValue, (ulong)random.NextInt64(intact.Length)];
        var bytes = intact.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, lengths[random.Next(lengths.Length)]);
        return bytes;
    }

    private static byte[] Numbers(byte[] intact, Random random)
    {
        var begin = Numbers(intact);
        var bytes = intact.ToArray();
        _hostileNumbers[random.Next(_hostileNumbers.Length)].CopyTo(bytes.AsSpan(begin + (random.Next((bytes.Length - begin) / 8) * 8)));
        return bytes;
    }

    /// <summary>A header that says something else, of the length that it states, before the same numbers.</summary>
    private static byte[] Header(byte[] intact, Random random)
    {
        var begin = Numbers(intact);
        var root = JsonNode.Parse(intact.AsSpan(8, begin - 8))!.AsObject();
        var metadata = root["__metadata__"]!.AsObject();
        var documents = metadata.Where(text => text.Value!.GetValue<string>().StartsWith('{')).Select(text => text.Key).ToList();
        string header;
        if (documents.Count > 0 && random.Next(2) == 0)
        {
            var name = documents[random.Next(documents.Count)];
            metadata[name] = Json(JsonNode.Parse(metadata[name]!.GetValue<string>())!, random);
            header = root.ToJsonString();
        }
        else
        {
            header = Json(root, random);
        }

        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. intact.AsSpan(begin)];
    }

    private static int Numbers(byte[] intact) => 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(intact);

    private static string Filled(JsonNode root, string raw) => root.ToJsonString().Replace($"\"{Hole}\"", raw, StringComparison.Ordinal);

    private static IEnumerable<(JsonNode Parent, string Key, int Index)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Places(member.Value).Prepend((members, member.Key, 0))),
        JsonArray items => items.SelectMany((item, index) => Places(item).Prepend((items, "", index))),
        _ => [],
    };
}
