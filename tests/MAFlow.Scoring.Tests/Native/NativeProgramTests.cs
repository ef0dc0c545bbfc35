using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>The example NativeScoring, compiled to one small native program, scores as this process does, bit for bit.</summary>
[TestClass]
public sealed class NativeProgramTests
{
    private const long MaxBytes = 6_000_000;
    private const int Features = 3;

    private static string Repository => typeof(NativeProgramTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;

    [TestMethod]
    public void IsSmallAndScoresTheSame()
    {
        RequireToolchain();
        var folder = Directory.CreateTempSubdirectory("native").FullName;
        try
        {
            var program = Publish(folder);
            Near.IsBelow(MaxBytes, new FileInfo(program).Length, "Bytes of the program.");
            foreach (var (table, potential) in new[] { ("anomalies", "softplus, wide"), ("mixtures", "piecewise"), ("image by histograms", "ln cosh, wide") })
            {
                foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64])
                {
                    Score(program, folder, table, Potentials.Create(potential, type));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Score(string program, string folder, string table, Potential potential)
    {
        using var scope = NewDisposeScope();
        using var model = Scorers.Model(table, potential);
        var (file, text) = (Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "rows.txt"));
        model.Save(file);
        float[] rows = [.. Scorers.Numbers(Table.Named(table).Data(9, 200)).Select(value => (float)value)];
        (rows[4], rows[8]) = (float.NaN, float.PositiveInfinity);
        File.WriteAllLines(text, rows.Chunk(Features).Select(row => string.Join(' ', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
        var (exitCode, output) = Run(program, folder, file, text);
        Assert.AreEqual(0, exitCode, output);
        var expected = DensityScorer.Load(file).LogProb(rows).Select(BitConverter.SingleToInt32Bits);
        var actual = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => BitConverter.SingleToInt32Bits(float.Parse(line, CultureInfo.InvariantCulture)));
        CollectionAssert.AreEqual(expected.ToArray(), actual.ToArray(), table);
    }

    /// <summary>Away from the folders of the repository, in which others may build meanwhile.</summary>
    private static string Publish(string folder)
    {
        var (project, target) = (Path.Combine(Repository, "examples", "NativeScoring"), Path.Combine(folder, "program"));
        var (exitCode, output) = Run(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Repository, "publish", project, "-c", "Release", "--artifacts-path", Path.Combine(folder, "artifacts"),
            "-o", target, "-p:RunAnalyzers=false", "-p:UseSharedCompilation=false", "-nodeReuse:false");
        if (exitCode != 0 && output.Contains("ILCompiler", StringComparison.Ordinal) && output.Contains("error NU", StringComparison.Ordinal))
        {
            Assert.Inconclusive($"The package of the native compiler cannot be had here:\n{output}");
        }

        if (exitCode != 0 && output.Contains("cannot find -l", StringComparison.Ordinal))
        {
            Assert.Inconclusive($"A library that the native linker needs is not installed here:\n{output}");
        }

        Assert.AreEqual(0, exitCode, output);
        return Path.Combine(target, OperatingSystem.IsWindows() ? "NativeScoring.exe" : "NativeScoring");
    }

    private static void RequireToolchain()
    {
        if (!Directory.Exists(Repository))
        {
            Assert.Inconclusive("The tests run without the repository, which has the program.");
        }

        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            Assert.Inconclusive("Native compilation is tested on Linux.");
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!new[] { "clang", "gcc" }.Any(compiler => folders.Any(folder => File.Exists(Path.Combine(folder, compiler)))))
        {
            Assert.Inconclusive("Native compilation needs clang or gcc to link with, and neither is installed.");
        }
    }

    private static (int ExitCode, string Output) Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        Array.ForEach(arguments, start.ArgumentList.Add);
        // The test platform sets some for its own builds.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
