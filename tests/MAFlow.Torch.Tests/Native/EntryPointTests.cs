using System.Diagnostics;

namespace MAFlow.Torch.Tests;

/// <summary>What a user without libtorch sees, in a process of its own.</summary>
[TestClass]
public sealed class EntryPointTests
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> _seen = new(Run);

    /// <summary>What is made without libtorch; everything else of the library says what is missing.</summary>
    private static string[] Made =>
        ["options", "sampler options", "trainers", "fits", "integrators", "a tableau", "estimators of the Laplacian", "directions", "groups", "kinds", "a stored component"];

    public static IEnumerable<string> Names => EntryPoints.All.Select(entry => entry.Name).Where(name => name != "torch.Generator");

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ItIsMadeOrItSaysWhatIsMissing(string name)
    {
        var seen = _seen.Value[name];
        if (Made.Contains(name))
        {
            Assert.AreEqual("made", seen);
        }
        else
        {
            Assert.StartsWith($"{nameof(TorchRuntimeException)}, libtorch could not be loaded", seen);
        }
    }

    [TestMethod]
    public void TorchSharpsOwnObjectsGiveTorchSharpsOwnError() => Assert.DoesNotContain(nameof(TorchRuntimeException), _seen.Value["torch.Generator"]);

    /// <summary>The projects of this repository take the advice of the package.</summary>
    [TestMethod]
    public void TheTestsRunWithoutConcurrentCollection() => Assert.AreEqual("false", $"{AppContext.GetData("System.GC.Concurrent")}".ToLowerInvariant());

    private static Dictionary<string, string> Run()
    {
        using var folder = new TemporaryFolder();
        // The managed files alone, and no list of dependencies that would lead to the native ones.
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        var tests = Path.GetFileName(typeof(EntryPointTests).Assembly.Location);
        var configuration = Path.ChangeExtension(tests, "runtimeconfig.json");
        File.Copy(Path.Combine(AppContext.BaseDirectory, configuration), folder[configuration]);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(folder[tests]);
        start.Environment["DOTNET_STARTUP_HOOKS"] = folder[tests];
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode);
        return lines.Select(line => line.Split(": ", 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1]);
    }
}
