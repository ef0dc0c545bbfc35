using System.IO.Compression;
using System.Security.Cryptography;

namespace MnistDensity.Data;

/// <summary>One of the four gzip files.</summary>
/// <param name="Name">File name.</param>
/// <param name="Format">What it holds.</param>
/// <param name="Sha256">SHA-256 of the decompressed content: copies of MNIST in circulation were compressed by different programs, and differ in nothing else.</param>
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
                : throw new InvalidDataException($"Expected {Name} to be the original MNIST file, whose content has SHA-256 {Sha256}, got {digest}.");
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{error.Message} Remove {path}, and get another copy or leave --data out to download one.", error);
        }
    }
}
