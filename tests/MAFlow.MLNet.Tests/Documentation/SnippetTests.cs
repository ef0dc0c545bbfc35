namespace MAFlow.MLNet.Tests;

/// <summary>The C# of README and docs compiles against the libraries as they are, and what is marked to run runs.</summary>
/// <remarks>nuget/verify runs the programs of the READMEs against the packages.</remarks>
[TestClass]
public sealed class SnippetTests
{
    private static IEnumerable<object[]> Names => Snippet.All().Select(snippet => new object[] { snippet.ToString() });

    private static IEnumerable<object[]> Runnable => Snippet.All().Where(snippet => snippet.Runs).Select(snippet => new object[] { snippet.ToString() });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Snippets_compile(string name) => Named(name).Compile();

    [TestMethod]
    [DynamicData(nameof(Runnable))]
    public void Snippets_marked_to_run_run(string name)
    {
        var folder = Directory.CreateTempSubdirectory("maflow-").FullName;
        var (directory, output) = (Environment.CurrentDirectory, Console.Out);
        using var printed = new StringWriter();
        try
        {
            WriteInputs(folder);
            Environment.CurrentDirectory = folder;
            Console.SetOut(printed);
            Named(name).Compile().EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = directory;
            Directory.Delete(folder, recursive: true);
        }

        Assert.AreNotEqual("", printed.ToString());
    }

    /// <summary>The files that pages say a reader has: a table of payments, and a model of two features.</summary>
    private static void WriteInputs(string folder)
    {
        var random = new Random(1);
        File.WriteAllLines(
            Path.Combine(folder, "payments.csv"),
            ["Amount,Hour,Country", .. Enumerable.Range(0, 300).Select(row => FormattableString.Invariant(
                $"{(row == 7 ? "" : $"{random.Next(10, 100)}")},{24 * random.NextDouble():F2},{(random.Next(2) == 0 ? "DE" : "FR")}"))]);
        using var generator = new TorchSharp.torch.Generator(1);
        using var rows = TorchSharp.torch.randn([100, 2], generator: generator);
        using var model = new DensityModelOptions { HiddenUnits = 4 }.Build(rows, generator);
        model.Save(Path.Combine(folder, "model.safetensors"));
    }

    private static Snippet Named(string name) => Snippet.All().Single(snippet => snippet.ToString() == name);
}
