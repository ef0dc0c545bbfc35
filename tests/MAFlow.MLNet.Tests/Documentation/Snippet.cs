using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MAFlow.MLNet.Tests;

/// <summary>One fenced block of C# on a page: "csharp" compiles, "csharp run" also runs.</summary>
internal sealed partial record Snippet(string Page, int Number, bool Runs, string Code)
{
    // What a new console project has by ImplicitUsings.
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    // The page of the package MAFlow.MLNet shows four lines from the middle of a program.
    private const string Surroundings =
        "using Microsoft.ML; var mlContext = new MLContext(seed: 1); IDataView data = mlContext.Data.LoadFromEnumerable(new[] { new { Features = new float[2] } });\n";

    private static readonly string _repository = typeof(Snippet).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;

    private static readonly MetadataReference[] _references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    public static IEnumerable<Snippet> All() => Pages().SelectMany(page =>
    {
        var name = Path.GetRelativePath(_repository, page).Replace('\\', '/');
        return Fence().Matches(File.ReadAllText(page)).Select((match, index) => new Snippet(name, index + 1, match.Groups["run"].Success, match.Groups["code"].Value));
    });

    public override string ToString() => $"{Page} {Number}";

    /// <summary>The program or library as an assembly.</summary>
    public Assembly Compile()
    {
        var complete = Page.StartsWith("nuget/MAFlow.MLNet/", StringComparison.Ordinal) ? Surroundings + Code : Code;
        var parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);
        var tree = CSharpSyntaxTree.ParseText(complete, parsing, $"{Page}, snippet {Number}");
        var isProgram = tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();
        var options = new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
        var compilation = CSharpCompilation.Create($"Snippet{Guid.NewGuid():N}", [CSharpSyntaxTree.ParseText(ImplicitUsings, parsing), tree], _references, options);
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.IsTrue(result.Success, string.Join("\n", result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(stream.ToArray());
    }

    private static IEnumerable<string> Pages() =>
        [Path.Combine(_repository, "README.md"), .. Directory.GetFiles(Path.Combine(_repository, "docs"), "*.md", SearchOption.AllDirectories), .. Directory.GetDirectories(Path.Combine(_repository, "nuget")).Select(folder => Path.Combine(folder, "README.md"))];

    [GeneratedRegex(@"^```csharp(?<run> run)?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
