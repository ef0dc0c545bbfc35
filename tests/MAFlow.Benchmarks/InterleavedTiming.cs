using System.Diagnostics;

namespace MAFlow.Benchmarks;

/// <summary>Times several actions in turn, so that a drift of the machine's speed meets all of them alike.</summary>
internal static class InterleavedTiming
{
    /// <summary>Runs every action once unmeasured, then all of them in turn.</summary>
    /// <returns>Seconds, indexed by action and round.</returns>
    public static double[][] Measure(int rounds, params Action[] actions)
    {
        var seconds = actions.Select(_ => new double[rounds]).ToArray();
        foreach (var action in actions)
        {
            action();
        }

        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < actions.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                actions[i]();
                seconds[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }

        return seconds;
    }

    /// <summary>Median over rounds of the ratio of two actions' times.</summary>
    public static double Ratio(double[] numerator, double[] denominator) => Median([.. numerator.Zip(denominator, (n, d) => n / d)]);

    /// <summary>Median.</summary>
    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
