using System.Diagnostics;

namespace MAFlow.MLNet.Tests;

/// <summary>The second process, which knows nothing but a model file.</summary>
internal static class LoadHost
{
    public static string Run(params string[] arguments) => Run([], arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static string Run(Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "MAFlow.MLNet.LoadHost.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode,
            "The second process could not load the model. ML.NET may have moved something that MlNetInternals.cs relies on.\n" + errors.Result);
        return output;
    }
}
