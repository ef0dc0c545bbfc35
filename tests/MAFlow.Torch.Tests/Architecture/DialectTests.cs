namespace MAFlow.Torch.Tests;

/// <summary>What of the dialect no analyzer of the build checks: how long a line and a file may be.</summary>
[TestClass]
public sealed class DialectTests
{
    private const int MaxColumns = 140;
    private const int MaxLines = 250;

    [TestMethod]
    public void NoLineIsLongerThanAPrintedPageIsWide()
    {
        var violations = Sources().SelectMany(file => File.ReadLines(file.Path).Select((line, index) => (file.Name, Number: index + 1, line.Length)))
            .Where(line => line.Length > MaxColumns).Select(line => $"{line.Name}:{line.Number} has {line.Length} columns").ToList();
        Assert.IsEmpty(violations, $"{violations.Count} lines of more than {MaxColumns} columns:\n{string.Join('\n', violations)}");
    }

    [TestMethod]
    public void NoFileHoldsMoreThanOneCanKeepInMind()
    {
        var violations = Sources().Select(file => (file.Name, Lines: File.ReadLines(file.Path).Count()))
            .Where(file => file.Lines > MaxLines).Select(file => $"{file.Name} has {file.Lines} lines").ToList();
        Assert.IsEmpty(violations, $"{violations.Count} files of more than {MaxLines} lines:\n{string.Join('\n', violations)}");
    }

    /// <summary>The C# files of src that people write; inconclusive where the tests run without the repository.</summary>
    private static List<(string Path, string Name)> Sources()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var source = Path.Combine(folder.FullName, "src");
            if (File.Exists(Path.Combine(source, "MAFlow.Torch", "MAFlow.Torch.csproj")))
            {
                return
                [
                    .. from path in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                    let name = Path.GetRelativePath(source, path).Replace('\\', '/')
                    where !name.Contains("/obj/", StringComparison.Ordinal) && !name.Contains("/bin/", StringComparison.Ordinal)
                    select (path, name),
                ];
            }
        }

        Assert.Inconclusive("Expected the folder src of the repository above the compiled tests, found none.");
        return [];
    }
}
