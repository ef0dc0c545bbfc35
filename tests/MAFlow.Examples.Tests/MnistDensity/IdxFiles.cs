using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using MnistDensity;

namespace MAFlow.Examples.Tests;

/// <summary>A folder with four small files in MNIST's layout, of any content.</summary>
internal sealed class IdxFiles : IDisposable
{
    public IdxFiles(int training = 12, int test = 5, int seed = 1)
    {
        var random = new Random(seed);
        byte[] Bytes(int count, int levels) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(levels))];
        TrainingPixels = Bytes(training * PixelCount, 256);
        TestPixels = Bytes(test * PixelCount, 256);
        Archive = new(
            Write("train-images", IdxFormat.Images, Content(0x0803, [training, 28, 28], TrainingPixels)),
            Write("train-labels", IdxFormat.Labels, Content(0x0801, [training], Bytes(training, 10))),
            Write("test-images", IdxFormat.Images, Content(0x0803, [test, 28, 28], TestPixels)),
            Write("test-labels", IdxFormat.Labels, Content(0x0801, [test], Bytes(test, 10))));
    }

    private const int PixelCount = 784;

    public string Folder { get; } = Directory.CreateTempSubdirectory("maflow-").FullName;

    public MnistArchive Archive { get; }

    public byte[] TrainingPixels { get; }

    public byte[] TestPixels { get; }

    public string this[MnistFile file] => Path.Combine(Folder, file.Name);

    /// <summary>A file's bytes: magic number, sizes, values.</summary>
    public static byte[] Content(int magic, int[] sizes, byte[] values)
    {
        var header = new byte[4 * (1 + sizes.Length)];
        foreach (var (i, number) in sizes.Prepend(magic).Index())
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 * i), number);
        }

        return [.. header, .. values];
    }

    public MnistFile Write(string name, IdxFormat format, byte[] content, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var file = File.Create(Path.Combine(Folder, name));
        using var gzip = new GZipStream(file, level);
        gzip.Write(content);
        return new(name, format, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
