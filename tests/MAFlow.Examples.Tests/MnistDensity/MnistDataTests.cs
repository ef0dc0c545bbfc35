using System.IO.Compression;
using MnistDensity.Data;
using static TorchSharp.torch;

namespace MAFlow.Examples.Tests;

[TestClass]
public sealed class MnistDataTests
{
    private readonly IdxFiles files = new();

    [TestCleanup]
    public void Cleanup() => files.Dispose();

    [TestMethod]
    public void TheLastTrainingImagesAreForValidation()
    {
        using var data = Read();
        CollectionAssert.AreEqual(new long[] { 9, 784 }, data.Training.shape);
        CollectionAssert.AreEqual(new long[] { 3, 784 }, data.Validation.shape);
        CollectionAssert.AreEqual(new long[] { 5, 784 }, data.Test.shape);
        CollectionAssert.AreEqual(files.TrainingPixels, (byte[])[.. Pixels(data.Training), .. Pixels(data.Validation)]);
        CollectionAssert.AreEqual(files.TestPixels, Pixels(data.Test));
        Assert.HasCount(5, data.TestLabels);
        Assert.AreEqual(ScalarType.Float32, data.Training.dtype);
    }

    [TestMethod]
    public void TheSplitIsThatOfThePaper() => Assert.AreEqual(10_000, MnistData.ValidationCount);

    [TestMethod]
    public void AnotherCompressionOfTheSameContentWillDo()
    {
        var content = IdxFiles.Content(2051, [5, 28, 28], files.TestPixels);
        files.Write(files.Archive.TestImages.Name, IdxFormat.Images, content, CompressionLevel.NoCompression);
        using var data = Read();
        CollectionAssert.AreEqual(files.TestPixels, Pixels(data.Test));
    }

    [TestMethod]
    public void OnePixelThatDiffersIsNoticed()
    {
        files.TestPixels[100] ^= 1;
        files.Write(files.Archive.TestImages.Name, IdxFormat.Images, IdxFiles.Content(2051, [5, 28, 28], files.TestPixels));
        var message = Refused();
        Assert.Contains("Expected test-images to be the original MNIST file, whose content has SHA-256", message);
        Assert.Contains($"Remove {files[files.Archive.TestImages]}", message);
    }

    [TestMethod]
    public void SwappedFilesAreNoticed()
    {
        File.Copy(files[files.Archive.TestLabels], files[files.Archive.TestImages], overwrite: true);
        Assert.Contains("swapped", Refused());
    }

    [TestMethod]
    public void TruncatedAndForeignGzipFilesAreNoticed()
    {
        var path = files[files.Archive.TrainingImages];
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
        var archive = files.Archive with { TestLabels = files.Write("fewer", IdxFormat.Labels, IdxFiles.Content(2049, [4], [1, 2, 3, 4])) };
        var error = Assert.ThrowsExactly<InvalidDataException>(() => MnistData.Read(files.Folder, archive, 3));
        Assert.Contains("got 5 images in test-images and 4 labels in fewer", error.Message);
    }

    [TestMethod]
    public void TooFewImagesForTheSplitAreRefused() =>
        Assert.Contains("more than 12 images", Assert.ThrowsExactly<InvalidDataException>(() => MnistData.Read(files.Folder, files.Archive, 12)).Message);

    [TestMethod]
    public void AFolderWithoutTheFilesIsNamed()
    {
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => MnistFolder.Find(new(files.Folder), CancellationToken.None));
        Assert.Contains($"in {files.Folder}, got none named train-images-idx3-ubyte.gz", error.Message);
    }

    private static byte[] Pixels(Tensor images) => [.. images.contiguous().data<float>().ToArray().Select(pixel => (byte)pixel)];

    private MnistData Read() => MnistData.Read(files.Folder, files.Archive, validationCount: 3);

    private string Refused() => Assert.ThrowsExactly<InvalidDataException>(Read).Message;
}
