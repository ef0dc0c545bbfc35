using System.Diagnostics;
using System.Globalization;

namespace MAFlow.Benchmarks;

/// <summary>Peak memory of a training at the paper's MNIST sizes, as the operating system counts it for a process of its own.</summary>
internal static class TrainingMemory
{
    private const string Mode = "--training-memory";

    /// <summary>Whether this process is such a training.</summary>
    public static bool IsAskedFor(string[] args) => args is [Mode, ..];

    /// <summary>Takes a few steps and prints the peak in MiB.</summary>
    public static void Report(string[] args)
    {
        using var workload = new Workload(100, 784, 1024, 100, recompute: args.Contains("recompute"));
        for (var step = 0; step < 4; step++)
        {
            workload.Train();
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine((process.PeakWorkingSet64 >> 20).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Starts a training as a process of its own.</summary>
    /// <returns>Its peak memory in MiB.</returns>
    public static double Measure(bool recompute)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Mode, recompute ? "recompute" : "keep"]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(output, CultureInfo.InvariantCulture);
    }
}
