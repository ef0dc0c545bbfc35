using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MAFlow.MLNet.Tests;

/// <summary>The second process, which knows nothing but a model file.</summary>
internal static class LoadHost
{
    private const string Program = "MAFlow.MLNet.LoadHost.dll";

    public static string Run(params string[] arguments) => Run([], arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static string Run(Dictionary<string, string> environment, params string[] arguments)
    {
        var (exitCode, output, errors) = Start(AppContext.BaseDirectory, environment, arguments);
        Assert.AreEqual(0, exitCode,
            "The second process could not load the model. ML.NET may have moved something that MlNetInternals.cs relies on.\n" + errors);
        return output;
    }

    /// <summary>Runs the program where it lies in another folder.</summary>
    public static (int ExitCode, string Output, string Errors) Start(
        string folder, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(folder, Program));
        Array.ForEach(arguments, start.ArgumentList.Add);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    /// <summary>The program in a folder that has no native library of torch, to be deleted.</summary>
    public static string WithoutTorch()
    {
        var folder = Directory.CreateTempSubdirectory("without-torch").FullName;
        // Without the list of dependencies, the folder is all there is.
        var natives = Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        string[] files =
        [
            .. Directory.GetFiles(AppContext.BaseDirectory, "*.dll"),
            Path.Combine(AppContext.BaseDirectory, Path.ChangeExtension(Program, "runtimeconfig.json")),
            .. Directory.Exists(natives) ? Directory.GetFiles(natives, "*CpuMath*") : [],
        ];
        foreach (var file in files.Where(file => !Path.GetFileName(file).Contains("Test", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }
}
