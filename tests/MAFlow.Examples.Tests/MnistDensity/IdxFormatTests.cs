using MnistDensity;

namespace MAFlow.Examples.Tests;

[TestClass]
public sealed class IdxFormatTests
{
    private static readonly byte[] _twoImages = [.. Enumerable.Range(0, 2 * 784).Select(i => (byte)i)];

    [TestMethod]
    public void ImagesAndLabelsAreRead()
    {
        CollectionAssert.AreEqual(_twoImages, Read(IdxFormat.Images, IdxFiles.Content(2051, [2, 28, 28], _twoImages)));
        CollectionAssert.AreEqual(new byte[] { 7, 0, 9 }, Read(IdxFormat.Labels, IdxFiles.Content(2049, [3], [7, 0, 9])));
    }

    [TestMethod]
    public void ManyBlocksArriveInOrder()
    {
        byte[] values = [.. Enumerable.Range(0, 3000 * 784).Select(i => (byte)(i * 31 >> 3))];
        CollectionAssert.AreEqual(values, Read(IdxFormat.Images, IdxFiles.Content(2051, [3000, 28, 28], values)));
    }

    [TestMethod]
    public void SwappedFilesAreNamed()
    {
        Assert.Contains("stands for labels: are the files of images and labels swapped?", Refused(IdxFormat.Images, IdxFiles.Content(2049, [3], [7, 0, 9])));
        Assert.Contains("stands for images: are the files of images and labels swapped?", Refused(IdxFormat.Labels, IdxFiles.Content(2051, [2, 28, 28], _twoImages)));
        Assert.Contains("magic number 2051, got 1234; it is not an MNIST file", Refused(IdxFormat.Images, IdxFiles.Content(1234, [2, 28, 28], _twoImages)));
    }

    [TestMethod]
    public void EveryTruncationIsNoticed()
    {
        var content = IdxFiles.Content(2051, [2, 28, 28], _twoImages);
        foreach (var length in Enumerable.Range(0, 20).Concat([100, 16 + 784, content.Length - 1]))
        {
            Assert.Contains("the file is truncated", Refused(IdxFormat.Images, content[..length]), $"{length} bytes");
        }
    }

    [TestMethod]
    public void MoreDataThanDeclaredIsRefused() =>
        Assert.Contains("to end after its 2 items, got more data", Refused(IdxFormat.Images, [.. IdxFiles.Content(2051, [2, 28, 28], _twoImages), 0]));

    [TestMethod]
    [DataRow(0, 28, 28)]
    [DataRow(-1, 28, 28)]
    [DataRow(int.MaxValue, 28, 28)]
    [DataRow(1_000_001, 28, 28)]
    [DataRow(2, 28, 27)]
    [DataRow(2, 0, 28)]
    [DataRow(2, int.MaxValue, int.MaxValue)]
    [DataRow(2, -28, -28)]
    public void SizesThatAreNotMnistsAreRefused(int items, int height, int width) =>
        Assert.Contains($"got {items} x {height} x {width}; the file is damaged", Refused(IdxFormat.Images, IdxFiles.Content(2051, [items, height, width], _twoImages)));

    [TestMethod]
    public void AHeaderThatPromisesMuchTakesLittleMemory()
    {
        var content = IdxFiles.Content(2051, [1_000_000, 28, 28], _twoImages);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("784000000 bytes of values, got 1568; the file is truncated", Refused(IdxFormat.Images, content));
        Assert.IsLessThan(8 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Read(IdxFormat format, byte[] content)
    {
        using var stream = new MemoryStream(content);
        return format.Read(stream, "file");
    }

    private static string Refused(IdxFormat format, byte[] content) => Assert.ThrowsExactly<InvalidDataException>(() => Read(format, content)).Message;
}
