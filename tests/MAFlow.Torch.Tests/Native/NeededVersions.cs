using System.Buffers.Binary;
using System.Text;

namespace MAFlow.Torch.Tests;

/// <summary>Reads which versions of other libraries an ELF image needs, by the dynamic segment as the system's loader does.</summary>
internal static class NeededVersions
{
    private const int Load = 1, Dynamic = 2;
    private const long StringTable = 5, VersionsNeeded = 0x6ffffffe, VersionsNeededCount = 0x6fffffff;

    public static IReadOnlyList<string> Of(byte[] image)
    {
        var entries = DynamicEntries(image);
        var strings = FileOffset(image, entries[StringTable]);
        var need = FileOffset(image, entries[VersionsNeeded]);
        var names = new List<string>();
        for (var n = entries[VersionsNeededCount]; n > 0; n--, need += U32(image, need + 12))
        {
            var entry = need + U32(image, need + 8);
            for (var i = U16(image, need + 2); i > 0; i--, entry += U32(image, entry + 12))
            {
                names.Add(NameAt(image, strings + U32(image, entry + 8)));
            }
        }

        return names;
    }

    private static Dictionary<long, long> DynamicEntries(byte[] image)
    {
        var segment = Segments(image).Single(s => U32(image, s) == Dynamic);
        var start = I64(image, segment + 8);
        return Enumerable.Range(0, (int)(I64(image, segment + 32) / 16))
            .Select(i => start + 16L * i)
            .GroupBy(at => I64(image, at), at => I64(image, at + 8))
            .ToDictionary(g => g.Key, g => g.First());
    }

    private static long FileOffset(byte[] image, long address)
    {
        var segment = Segments(image).Single(s => U32(image, s) == Load
            && address >= I64(image, s + 16) && address < I64(image, s + 16) + I64(image, s + 32));
        return address - I64(image, segment + 16) + I64(image, segment + 8);
    }

    private static IEnumerable<long> Segments(byte[] image) =>
        Enumerable.Range(0, U16(image, 56)).Select(i => I64(image, 32) + 56L * i);

    private static string NameAt(byte[] image, long at) =>
        Encoding.ASCII.GetString(image.AsSpan((int)at)[..image.AsSpan((int)at).IndexOf((byte)0)]);

    private static ushort U16(byte[] image, long at) => BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan((int)at));
    private static uint U32(byte[] image, long at) => BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan((int)at));
    private static long I64(byte[] image, long at) => BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan((int)at));
}
