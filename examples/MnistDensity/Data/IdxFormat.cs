using System.Buffers.Binary;

namespace MnistDensity.Data;

/// <summary>The IDX format of the MNIST files: a magic number, the sizes of all dimensions, each in four bytes with the highest first, then one byte per value.</summary>
/// <param name="Content">What the files hold, for messages.</param>
/// <param name="MagicNumber">0x0800 for bytes, plus the number of dimensions.</param>
/// <param name="ItemShape">Sizes of the dimensions after the first, which counts the items.</param>
public sealed record IdxFormat(string Content, int MagicNumber, IReadOnlyList<int> ItemShape)
{
    private const int MaximumItems = 1_000_000;
    private const int FirstBlock = 1 << 20;

    public static IdxFormat Images { get; } = new("images", 0x0803, [Mnist.Side, Mnist.Side]);

    public static IdxFormat Labels { get; } = new("labels", 0x0801, []);

    private int ItemSize => ItemShape.Aggregate(1, (product, size) => product * size);

    /// <summary>Reads the values of all items, one item after the other.</summary>
    /// <param name="stream">Decompressed content; memory is taken as data arrives, not as the header promises.</param>
    /// <param name="name">Name of the file, for messages.</param>
    /// <exception cref="InvalidDataException">The content is not of this format, or ends too early or too late.</exception>
    public byte[] Read(Stream stream, string name)
    {
        var magic = Integer(stream, name);
        if (magic != MagicNumber)
        {
            var other = magic == Images.MagicNumber ? Images : magic == Labels.MagicNumber ? Labels : null;
            throw new InvalidDataException(
                $"Expected {name} to hold {Content}, magic number {MagicNumber}, got {magic}"
                + (other is null ? "; it is not an MNIST file." : $", which stands for {other.Content}: are the files of images and labels swapped?"));
        }

        var items = Integer(stream, name);
        int[] shape = [.. ItemShape.Select(_ => Integer(stream, name))];
        if (items is < 1 or > MaximumItems || !shape.SequenceEqual(ItemShape))
        {
            throw new InvalidDataException(
                $"Expected {name} to declare 1 to {MaximumItems} items{(shape.Length == 0 ? "" : $" of {string.Join(" x ", ItemShape)}")}, got {string.Join(" x ", [items, .. shape])}; the file is damaged.");
        }

        var values = Values(stream, items * ItemSize, name);
        return stream.ReadByte() == -1
            ? values
            : throw new InvalidDataException($"Expected {name} to end after its {items} items, got more data; the file is damaged.");
    }

    private static int Integer(Stream stream, string name)
    {
        Span<byte> bytes = stackalloc byte[4];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? BinaryPrimitives.ReadInt32BigEndian(bytes)
            : throw Truncated(name, "its header");
    }

    private static byte[] Values(Stream stream, int count, string name)
    {
        var values = new byte[Math.Min(count, FirstBlock)];
        for (var filled = 0; filled < count;)
        {
            if (filled == values.Length)
            {
                Array.Resize(ref values, (int)Math.Min(count, 2L * values.Length));
            }

            var read = stream.Read(values, filled, values.Length - filled);
            filled += read > 0 ? read : throw Truncated(name, $"{count} bytes of values, got {filled}");
        }

        return values;
    }

    private static InvalidDataException Truncated(string name, string expected) => new($"Expected {name} to have {expected}; the file is truncated.");
}
