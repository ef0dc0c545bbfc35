using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace MnistDensity;

/// <summary>The IDX format of the MNIST files: a magic number, the sizes of all dimensions, each in four bytes with the highest first, then
/// one byte per value.</summary>
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

    private static InvalidDataException Truncated(string name, string expected) => new(
        $"Expected {name} to have {expected}; the file is truncated.");
}

/// <summary>One of the four gzip files.</summary>
/// <param name="Name">File name.</param>
/// <param name="Format">What it holds.</param>
/// <param name="Sha256">SHA-256 of the decompressed content: copies of MNIST in circulation were compressed by different programs, and
/// differ in nothing else.</param>
public sealed record MnistFile(string Name, IdxFormat Format, string Sha256)
{
    /// <summary>Reads and verifies the values.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or another one.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[] Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var content = new GZipStream(file, CompressionMode.Decompress);
            using var hash = SHA256.Create();
            using var hashed = new CryptoStream(content, hash, CryptoStreamMode.Read);
            var values = Format.Read(hashed, Name);
            var digest = Convert.ToHexStringLower(hash.Hash!);
            return digest == Sha256
                ? values
                : throw new InvalidDataException(
                    $"Expected {Name} to be the original MNIST file, whose content has SHA-256 {Sha256}, got {digest}.");
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(
                $"{error.Message} Remove {path}, and get another copy or leave --data out to download one.", error);
        }
    }
}

/// <summary>The four files of a data set in MNIST's layout.</summary>
public sealed record MnistArchive(MnistFile TrainingImages, MnistFile TrainingLabels, MnistFile TestImages, MnistFile TestLabels)
{
    /// <summary>MNIST as LeCun, Cortes and Burges published it: 60,000 images and 10,000 for testing.</summary>
    public static MnistArchive Original { get; } = new(
        new("train-images-idx3-ubyte.gz", IdxFormat.Images, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        new("train-labels-idx1-ubyte.gz", IdxFormat.Labels, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        new("t10k-images-idx3-ubyte.gz", IdxFormat.Images, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        new("t10k-labels-idx1-ubyte.gz", IdxFormat.Labels, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"));

    public IReadOnlyList<MnistFile> Files => [TrainingImages, TrainingLabels, TestImages, TestLabels];

    /// <summary>The files that a folder lacks.</summary>
    public IReadOnlyList<MnistFile> MissingFrom(string folder) => [.. Files.Where(file => !File.Exists(Path.Combine(folder, file.Name)))];
}
