using System.Diagnostics;

namespace MAFlow.Tests;

/// <summary>A program under mpirun.</summary>
internal static class Mpirun
{
    private static readonly string? _mpirun = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "mpirun")).FirstOrDefault(File.Exists);

    /// <summary>Runs it to its end.</summary>
    /// <param name="program">Name of its assembly, beside the tests.</param>
    /// <param name="ranks">Number of processes.</param>
    /// <param name="arguments">Arguments of the program.</param>
    public static (int ExitCode, string Output) Run(string program, int ranks, params string[] arguments)
    {
        using var process = Start(program, ranks, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    /// <summary>Starts it; inconclusive where there is no mpirun.</summary>
    public static Process Start(string program, int ranks, params string[] arguments)
    {
        if (_mpirun is null)
        {
            Assert.Inconclusive("Expected mpirun for training on several processes, found none: 'apt-get install openmpi-bin'.");
        }

        var start = new ProcessStartInfo(_mpirun) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] all = [.. Options(), "-n", $"{ranks}", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, program), .. arguments];
        Array.ForEach(all, start.ArgumentList.Add);
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>The processes that a run of mpirun has started on this machine.</summary>
    public static List<int> Ranks(int mpirun) =>
    [
        .. from folder in Directory.GetDirectories("/proc")
           let id = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
           where id > 0 && Parent(folder) == mpirun
           select id,
    ];

    private static int Parent(string folder)
    {
        try
        {
            // After the name in brackets: the state, then the parent.
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>What OpenMPI wants as root, and where there are more processes than cores.</summary>
    private static string[] Options()
    {
        using var process = Process.Start(new ProcessStartInfo(_mpirun!, "--version") { RedirectStandardOutput = true })!;
        var isOpen = process.StandardOutput.ReadToEnd().Contains("Open MPI", StringComparison.Ordinal);
        process.WaitForExit();
        return isOpen ? [.. Environment.IsPrivilegedProcess ? ["--allow-run-as-root"] : (string[])[], "--oversubscribe", "--bind-to", "none"] : [];
    }
}
