using IsingFreeEnergy;

namespace MAFlow.Examples.Tests;

/// <summary>Points of a scan that separate tasks compute: what is asked for, what is kept, and what is joined.</summary>
[TestClass]
public sealed class ScanTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("maflow-");

    [TestCleanup]
    public void Delete() => _folder.Delete(recursive: true);

    [TestMethod]
    public void TemperaturesAreARangeOrAList()
    {
        CollectionAssert.AreEqual(new[] { 1.8, 1.9, 2.0 }, ScanSettings.ParseTemperatures("1.8:2.0:3").ToArray());
        CollectionAssert.AreEqual(new[] { 1.5, 2.25, 3 }, ScanSettings.ParseTemperatures("3,1.5,2.25,3").ToArray());
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("1.8:3.0")]
    [DataRow("3:1.8:4")]
    [DataRow("1.8:3.0:1")]
    [DataRow("1.8:3.0:x")]
    [DataRow("2,-1")]
    [DataRow("NaN")]
    public void OtherTextsAreRefused(string text) => Assert.Contains("FROM:TO:COUNT", Assert.ThrowsExactly<FormatException>(() => ScanSettings.ParseTemperatures(text)).Message);

    [TestMethod]
    public void MissingPointsAreNamedAndAWholeScanIsJoined()
    {
        var files = new ScanFiles(_folder);
        files.Begin(Settings(2.1, 2.4, 2.7));
        files.Keep(Point(0, 2.1));
        files.Keep(Point(2, 2.7));
        Assert.Contains("missing are 1 (T = 2.4)", Assert.ThrowsExactly<FormatException>(() => ScanMerge.Run(files)).Message);
        files.Keep(Point(1, 2.4));
        ScanMerge.Run(files);
        var lines = File.ReadAllLines(files["scan.csv"]);
        Assert.HasCount(4, lines);
        Assert.StartsWith("2.4,-2.2,0.001,", lines[2]);
        Assert.AreEqual(lines[0].Split(',').Length, lines[3].Split(',').Length);
        CollectionAssert.AreEqual(new byte[] { 0x89, 0x50, 0x4E, 0x47 }, File.ReadAllBytes(files["scan.png"])[..4]);
    }

    [TestMethod]
    public void AnotherScanAndADamagedPointAreRefused()
    {
        var files = new ScanFiles(_folder);
        Assert.Contains("scan.json", Assert.ThrowsExactly<FormatException>(() => files.Temperatures()).Message);
        files.Begin(Settings(2.1, 2.4));
        files.Begin(Settings(2.1, 2.4));
        Assert.Contains("size 8 at 2.1, 2.4", Assert.ThrowsExactly<FormatException>(() => files.Begin(Settings(2.1, 2.5))).Message);
        File.WriteAllText(files["point-001.json"], "{");
        Assert.Contains("point-001.json", Assert.ThrowsExactly<FormatException>(() => files.Point(1)).Message);
        Assert.IsNull(files.Point(0));
    }

    private ScanSettings Settings(params double[] temperatures) => new(8, temperatures, 1, 1, null, _folder);

    private static ScanPoint Point(int index, double temperature) => new()
    {
        Index = index,
        Temperature = temperature,
        Size = 8,
        FreeEnergy = new(-2.2, 0.001),
        Energy = new(-1.4, 0.01),
        SpecificHeat = new(1.2, 0.1),
        Magnetization = new(0.6, 0.02),
        BinderCumulant = new(0.6, 0.01),
        ExactFreeEnergy = -2.2,
        ExactEnergy = -1.4,
        ExactSpecificHeat = 1.2,
        ReferenceMagnetization = new(0.6, 0.01),
        ReferenceBinderCumulant = new(0.6, 0.01),
        KlNats = index == 2 ? null : 0.1,
        EffectiveSampleFraction = 0.9,
        Problems = index == 0 ? ["too few"] : [],
        Iterations = 100,
        Seconds = 3,
    };
}
