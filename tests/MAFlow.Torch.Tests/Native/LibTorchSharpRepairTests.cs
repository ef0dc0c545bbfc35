using System.Reflection;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class LibTorchSharpRepairTests
{
    [TestMethod]
    public void The_library_beside_the_tests_needs_no_newer_libstdcxx_than_Debian_12_has()
    {
        if (TorchPlatform.Current.Identifier != "linux-x64")
        {
            Assert.Inconclusive("The repair concerns linux-x64 only; this is " + TorchPlatform.Current.Identifier + ".");
        }

        var folders = ((string)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")!).Split(Path.PathSeparator).Append(AppContext.BaseDirectory);
        AssertLoadsOnDebian12(File.ReadAllBytes(folders.Select(f => Path.Combine(f, "libLibTorchSharp.so")).First(File.Exists)));
    }

    [TestMethod]
    public void The_published_library_is_repaired_once()
    {
        var image = ReadPublished();
        CollectionAssert.Contains(NeededVersions.Of(image).ToArray(), "GLIBCXX_3.4.32");
        Assert.IsTrue(LibTorchSharpImage.TryRepair(image, out var outcome), outcome);
        AssertLoadsOnDebian12(image);

        var repaired = (byte[])image.Clone();
        Assert.IsFalse(LibTorchSharpImage.TryRepair(image, out outcome));
        StringAssert.Contains(outcome, "does not import _ZSt21ios_base_library_initv");
        CollectionAssert.AreEqual(repaired, image);
    }

    [TestMethod]
    public void What_is_no_such_library_is_left_alone()
    {
        foreach (var image in new[] { [], new byte[3], new byte[4096], File.ReadAllBytes(typeof(TorchRuntime).Assembly.Location) })
        {
            var before = (byte[])image.Clone();
            Assert.IsFalse(LibTorchSharpImage.TryRepair(image, out var outcome));
            Assert.IsNotNull(outcome);
            CollectionAssert.AreEqual(before, image);
        }
    }

    [TestMethod]
    public void A_damaged_library_is_repaired_whole_or_left_alone()
    {
        var published = ReadPublished();
        var headers = (int)BitConverter.ToInt64(published, 40);
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var image = published.AsSpan(0, round % 4 == 0 ? random.Next(published.Length) : published.Length).ToArray();
            for (var i = 0; i < 10; i++)
            {
                // The headers of the file and its sections are what the repair is steered by.
                var at = random.Next(8) == 0 ? random.Next(64) : random.Next(headers, published.Length);
                if (at < image.Length)
                {
                    image[at] = (byte)random.Next(256);
                }
            }

            var before = (byte[])image.Clone();
            var repaired = LibTorchSharpImage.TryRepair(image, out var outcome);
            Assert.AreEqual(repaired, outcome is null);
            // Hash and name of a version, name and version of a symbol: fourteen bytes at most.
            var changed = CountChanges(before, image);
            Assert.IsTrue(repaired ? changed is > 0 and <= 14 : changed == 0, $"round {round}: {changed} bytes, {outcome}");
        }
    }

    private static void AssertLoadsOnDebian12(byte[] image)
    {
        var needed = NeededVersions.Of(image);
        CollectionAssert.Contains(needed.ToArray(), "GLIBCXX_3.4.30");
        Assert.IsEmpty(needed.Where(v => v.StartsWith("GLIBCXX_3.4.", StringComparison.Ordinal) && int.Parse(v.Split('.')[2]) > 30));
    }

    private static int CountChanges(byte[] before, byte[] after)
    {
        var count = 0;
        for (var i = before.AsSpan().CommonPrefixLength(after); i < after.Length; i++)
        {
            count += before[i] == after[i] ? 0 : 1;
        }

        return count;
    }

    private static byte[] ReadPublished()
    {
        var package = typeof(LibTorchSharpRepairTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TorchSharpPackage");
        return File.ReadAllBytes(Path.Combine(package.Value!, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"));
    }
}
