using System.Reflection;
using System.Text.RegularExpressions;

namespace MAFlow.Extensions.Tests;

/// <summary>What docs/extending.md shows is what is compiled and tested here.</summary>
[TestClass]
public sealed partial class GuideTests
{
    private static readonly string _repository =
        typeof(GuideTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;

    private static readonly string _page = File.ReadAllText(Path.Combine(_repository, "docs", "extending.md"));

    private static readonly Dictionary<string, string> _files = Directory
        .GetFiles(Path.Combine(_repository, "tests", "MAFlow.Extensions.Tests"), "*.cs")
        .ToDictionary(path => Path.GetFileName(path), File.ReadAllText);

    private static IEnumerable<object[]> Blocks =>
        Fence().Matches(_page).Select((match, index) => new object[] { index + 1, match.Groups["code"].Value });

    [TestMethod]
    [DynamicData(nameof(Blocks))]
    public void EachBlockIsAFileOfThisProject(int number, string code) => Assert.IsTrue(
        _files.ContainsValue(code), $"Expected block {number} of docs/extending.md to be a file of this project, got:\n{code}");

    [TestMethod]
    public void EachFamilyIsShownAndShort()
    {
        string[] families =
        [
            nameof(RadialPotential), nameof(RalstonIntegrator), nameof(MomentPenalty), nameof(ArcsinhBijection), nameof(ShiftedWellPotential),
            nameof(OneCoordinateLaplacian),
        ];
        foreach (var family in families)
        {
            var code = _files[$"{family}.cs"];
            Assert.Contains(code, _page, family);
            Near.IsBelow(60, code.Split('\n').Length, family);
        }
    }

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
