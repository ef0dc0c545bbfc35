namespace MAFlow.Examples.Tests;

/// <summary>Examples are read and copied from: few files, short ones, and a Program.cs on one screen or two.</summary>
[TestClass]
public sealed class ExampleSizeTests
{
    private const int MaxFiles = 60, MaxLines = 150, MaxProgramLines = 80, MaxColumns = 140;

    [TestMethod]
    public void FilesAreFew() => Assert.IsTrue(Sources().Count <= MaxFiles, $"Expected at most {MaxFiles} files, got {Sources().Count}.");

    [TestMethod]
    public void FilesAreShort() => AssertNone(
        Sources().Select(file => (file.Name, Lines: File.ReadLines(file.Path).Count()))
            .Where(file => file.Lines > (IsProgram(file.Name) ? MaxProgramLines : MaxLines))
            .Select(file => $"{file.Name} has {file.Lines} lines"));

    [TestMethod]
    public void LinesOfProgramsAreNoLongerThanAPrintedPageIsWide() => AssertNone(
        Sources().Where(file => IsProgram(file.Name)).SelectMany(file => File.ReadLines(file.Path).Select((line, index) => (file.Name, Number: index + 1, line.Length)))
            .Where(line => line.Length > MaxColumns).Select(line => $"{line.Name}:{line.Number} has {line.Length} columns"));

    private static bool IsProgram(string name) => Path.GetFileName(name) == "Program.cs";

    private static void AssertNone(IEnumerable<string> violations) => Assert.AreEqual("", string.Join('\n', violations));

    /// <summary>The C# files of examples; inconclusive where the tests run without the repository.</summary>
    private static List<(string Path, string Name)> Sources()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var examples = Path.Combine(folder.FullName, "examples");
            if (Directory.Exists(Path.Combine(examples, "DigitsDensity")))
            {
                return
                [
                    .. from path in Directory.EnumerateFiles(examples, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                    let name = Path.GetRelativePath(examples, path).Replace('\\', '/')
                    where !name.Contains("/obj/", StringComparison.Ordinal) && !name.Contains("/bin/", StringComparison.Ordinal)
                    select (path, name),
                ];
            }
        }

        Assert.Inconclusive("Expected the folder examples of the repository above the compiled tests, found none.");
        return [];
    }
}
