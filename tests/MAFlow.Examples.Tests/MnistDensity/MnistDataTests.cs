using System.IO.Compression;
using MnistDensity;
using static TorchSharp.torch;

namespace MAFlow.Examples.Tests;

[TestClass]
public sealed class MnistDataTests
{
    private readonly IdxFiles _files = new();

    [TestCleanup]
    public void Cleanup() => _files.Dispose();

    [TestMethod]
    public void TheLastTrainingImagesAreForValidation()
    {
        using var data = Read();
        CollectionAssert.AreEqual(new long[] { 9, 784 }, data.Training.shape);
        CollectionAssert.AreEqual(new long[] { 3, 784 }, data.Validation.shape);
        CollectionAssert.AreEqual(new long[] { 5, 784 }, data.Test.shape);
        CollectionAssert.AreEqual(_files.TrainingPixels, (byte[])[.. Pixels(data.Training), .. Pixels(data.Validation)]);
        CollectionAssert.AreEqual(_files.TestPixels, Pixels(data.Test));
        Assert.HasCount(5, data.TestLabels);
        Assert.AreEqual(ScalarType.Float32, data.Training.dtype);
    }

    [TestMethod]
    public void TheSplitIsThatOfThePaper() => Assert.AreEqual(10_000, MnistData.ValidationCount);

    [TestMethod]
    public void AnotherCompressionOfTheSameContentWillDo()
    {
        var content = IdxFiles.Content(2051, [5, 28, 28], _files.TestPixels);
        _files.Write(_files.Archive.TestImages.Name, IdxFormat.Images, content, CompressionLevel.NoCompression);
        using var data = Read();
        CollectionAssert.AreEqual(_files.TestPixels, Pixels(data.Test));
    }

    [TestMethod]
    public void OnePixelThatDiffersIsNoticed()
    {
        _files.TestPixels[100] ^= 1;
        _files.Write(_files.Archive.TestImages.Name, IdxFormat.Images, IdxFiles.Content(2051, [5, 28, 28], _files.TestPixels));
        var message = Refused();
        Assert.Contains("Expected test-images to be the original MNIST file, whose content has SHA-256", message);
        Assert.Contains($"Remove {_files[_files.Archive.TestImages]}", message);
    }

    [TestMethod]
    public void SwappedFilesAreNoticed()
    {
        File.Copy(_files[_files.Archive.TestLabels], _files[_files.Archive.TestImages], overwrite: true);
        Assert.Contains("swapped", Refused());
    }

    [TestMethod]
    public void TruncatedAndForeignGzipFilesAreNoticed()
    {
        var path = _files[_files.Archive.TrainingImages];
        var intact = File.ReadAllBytes(path);
        foreach (var length in (int[])[0, 5, 30, intact.Length / 2, intact.Length - 20])
        {
            File.WriteAllBytes(path, intact[..length]);
            Assert.Contains(path, Refused(), $"{length} bytes");
        }

        File.WriteAllText(path, "<html>404</html>");
        Assert.Contains(path, Refused());
    }

    [TestMethod]
    public void ImagesWithoutLabelsAreNoticed()
    {
        var archive = _files.Archive with { TestLabels = _files.Write("fewer", IdxFormat.Labels, IdxFiles.Content(2049, [4], [1, 2, 3, 4])) };
        var error = Assert.ThrowsExactly<InvalidDataException>(() => MnistData.Read(_files.Folder, archive, 3));
        Assert.Contains("got 5 images in test-images and 4 labels in fewer", error.Message);
    }

    [TestMethod]
    public void TooFewImagesForTheSplitAreRefused() =>
        Assert.Contains("more than 12 images", Assert.ThrowsExactly<InvalidDataException>(() => MnistData.Read(_files.Folder, _files.Archive, 12)).Message);

    [TestMethod]
    public void AFolderWithoutTheFilesIsNamed()
    {
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => MnistFolder.Find(new(_files.Folder), CancellationToken.None));
        Assert.Contains($"in {_files.Folder}, got none named train-images-idx3-ubyte.gz", error.Message);
    }

    private static byte[] Pixels(Tensor images) => [.. images.contiguous().data<float>().ToArray().Select(pixel => (byte)pixel)];

    private MnistData Read() => MnistData.Read(_files.Folder, _files.Archive, validationCount: 3);

    private string Refused() => Assert.ThrowsExactly<InvalidDataException>(Read).Message;
}
