namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class AtomicFileTests
{
    [TestMethod]
    public void AFailingWriterLeavesTheOldFileAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        var path = folder["model"];
        File.WriteAllText(path, "old");
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of it"u8);
            throw new InvalidOperationException();
        }));
        Assert.AreEqual("old", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void TheOldFileIsThereUntilTheNewOneIsComplete()
    {
        using var folder = new TemporaryFolder();
        var path = folder["sub/model"];
        AtomicFile.Write(path, stream => stream.Write("first"u8));
        AtomicFile.Write(path, stream =>
        {
            stream.Write("second"u8);
            stream.Flush();
            Assert.AreEqual("first", File.ReadAllText(path));
        });
        Assert.AreEqual("second", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [TestMethod]
    public void OnlyWhatAKilledWriterOfTheSameFileLeftIsCleared()
    {
        using var folder = new TemporaryFolder();
        var leftover = folder[$"model.{Guid.NewGuid():N}.tmp"];
        string[] others = [folder["model"], folder["model.tmp"], folder["model.note.tmp"], folder[$"other.{Guid.NewGuid():N}.tmp"]];
        Array.ForEach([leftover, .. others], path => File.WriteAllText(path, "x"));
        AtomicFile.DeleteLeftovers(folder["model"]);
        AtomicFile.DeleteLeftovers(folder["no-such-folder/model"]);
        CollectionAssert.AreEquivalent(others, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void ALimitOnTheLengthOfFilesIsAnInputOutputError()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<IOException>(() => AtomicFile.Write(folder["model"], _ => throw new ArgumentOutOfRangeException("value")));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void AFolderInTheWayIsAnErrorThatLeavesNoTemporaryFile()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["model"]);
        Assert.Throws<SystemException>(() => AtomicFile.Write(folder["model"], stream => stream.WriteByte(1)));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }
}
