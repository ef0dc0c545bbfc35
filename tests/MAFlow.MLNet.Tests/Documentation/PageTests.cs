using System.Reflection;
using System.Text.RegularExpressions;

namespace MAFlow.MLNet.Tests;

/// <summary>Pages lead where they say, and the README is short.</summary>
[TestClass]
public sealed partial class PageTests
{
    private const int MaxReadmeLines = 90, MaxCodeColumns = 100;

    private static readonly string _repository =
        typeof(PageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;

    private static string[] Pages =>
    [
        Path.Combine(_repository, "README.md"), Path.Combine(_repository, "CHANGELOG.md"),
        .. Directory.GetFiles(Path.Combine(_repository, "docs"), "*.md", SearchOption.AllDirectories),
        .. Directory.GetFiles(Path.Combine(_repository, "nuget"), "*.md", SearchOption.AllDirectories),
    ];

    [TestMethod]
    public void EveryLinkLeadsToAFileAndEveryAnchorToAHeading()
    {
        var broken = from page in Pages
                     from Match link in Link().Matches(File.ReadAllText(page))
                     let target = link.Groups["target"].Value
                     where !target.StartsWith("http", StringComparison.Ordinal) && !Exists(page, target)
                     select $"{Path.GetRelativePath(_repository, page)}: {target}";
        Assert.AreEqual("", string.Join('\n', broken));
    }

    [TestMethod]
    public void TheReadmeIsOnePage()
    {
        var lines = File.ReadAllLines(Pages[0]);
        Assert.IsTrue(lines.Length <= MaxReadmeLines, $"Expected at most {MaxReadmeLines} lines, got {lines.Length}.");
        var (inside, wide) = (false, new List<string>());
        foreach (var line in lines)
        {
            inside ^= line.StartsWith("```", StringComparison.Ordinal);
            if (inside && line.Length > MaxCodeColumns)
            {
                wide.Add(line);
            }
        }

        Assert.AreEqual("", string.Join('\n', wide));
    }

    private static bool Exists(string page, string target)
    {
        var (path, anchor) = target.Split('#', 2) is [var before, var after] ? (before, after) : (target, "");
        var file = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, path));
        return anchor.Length == 0
            ? File.Exists(file) || Directory.Exists(file)
            : File.Exists(file) && File.ReadLines(file).Where(line => line.StartsWith('#')).Any(line => Anchor(line) == anchor);
    }

    /// <summary>As GitHub makes it of a heading: letters, digits and hyphens in lower case.</summary>
    private static string Anchor(string heading) =>
        NotInAnchors().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
