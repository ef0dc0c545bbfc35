using System.Globalization;
using System.Runtime.InteropServices;

namespace MAFlow.Tests;

/// <summary>How much more memory the process holds, at most, while an action runs: what torch has saved for a reverse pass is invisible to .NET.</summary>
/// <remarks>Linux counts it, and lets a process reset its peak. Elsewhere, and where that is forbidden, a test that asks is inconclusive.</remarks>
internal static class PeakMemory
{
    /// <summary>Peak of the resident set above its size at the start, in bytes.</summary>
    public static long Of(Action action)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("Peak memory is measured on Linux.");
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        try
        {
            // Freed blocks go back to the system, or the next peak would hide in them.
            _ = Trim(0);
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or EntryPointNotFoundException or DllNotFoundException)
        {
            Assert.Inconclusive($"Expected a system that resets the peak of a process, got: {error.Message}");
        }

        var before = Kilobytes("VmRSS");
        action();
        return (Kilobytes("VmHWM") - before) << 10;
    }

    private static long Kilobytes(string name)
    {
        var line = File.ReadLines("/proc/self/status").Single(entry => entry.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint keep);
}
