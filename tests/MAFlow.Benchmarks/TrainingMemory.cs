using System.Diagnostics;
using System.Globalization;

namespace MAFlow.Benchmarks;

/// <summary>Peak memory of a training at the paper's MNIST sizes, as the operating system counts it for a process of its own.</summary>
internal static class TrainingMemory
{
    public const string Keep = "keep";
    public const string Recompute = "recompute";
    public const string Reversible = "reversible";
    private const string Mode = "--training-memory";
    private const int Depth = 100;
    private const int Steps = 4;

    /// <summary>Whether this process is such a training.</summary>
    public static bool IsAskedFor(string[] args) => args is [Mode, ..];

    /// <summary>Takes a few steps and prints the peak in MiB.</summary>
    /// <param name="args">After the mode: keep, recompute or reversible, and the depth, 100 where it is left out.</param>
    public static void Report(string[] args)
    {
        var depth = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Depth;
        using var workload = new Workload(100, 784, 1024, depth, recompute: args.Contains(Recompute));
        var flow = args.Contains(Reversible)
            ? new MongeAmpereFlow(workload.Potential, workload.Options with { Integrator = new MAFlow.Torch.Integrators.Reversible(ExplicitRungeKutta.Classic) })
            : workload.Flow;
        for (var step = 0; step < Steps; step++)
        {
            workload.Train(flow);
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine((process.PeakWorkingSet64 >> 20).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Starts a training as a process of its own.</summary>
    /// <param name="what">Keep, Recompute or Reversible.</param>
    /// <param name="depth">Depth of the flow.</param>
    /// <returns>Its peak memory in MiB.</returns>
    public static double Measure(string what, int depth = Depth)
    {
        string[] mode = [Mode, what, depth.ToString(CultureInfo.InvariantCulture)];
        // Started as "dotnet X.dll", this process is the host, which has to be told what to run.
        var isHost = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        string[] arguments = isHost ? [typeof(TrainingMemory).Assembly.Location, .. mode] : mode;
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(output, CultureInfo.InvariantCulture);
    }
}
