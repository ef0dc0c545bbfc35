using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>Training steps and scoring at the sizes of tables, beside other ways to do the same, interleaved, one thread.</summary>
internal static class TableSteps
{
    /// <summary>Batch, features, hidden units, depth.</summary>
    public static IReadOnlyList<(int Batch, int Dimension, int Hidden, int Depth)> Sizes { get; } =
        [(128, 10, 256, 12), (256, 10, 128, 8), (256, 2, 256, 12), (128, 30, 256, 12), (128, 64, 256, 12)];

    /// <summary>Prints a table of milliseconds and ratios.</summary>
    public static void Report()
    {
        var threads = get_num_threads();
        set_num_threads(1);
        try
        {
            Console.WriteLine("| B, N, h, d | blocks, ms | tensors, ms | coordinates by hand, ms | blocks/coordinates | blocks/tensors | scoring, ms | by tensors | ratio |");
            Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
            foreach (var size in Sizes)
            {
                Console.WriteLine(Line(size));
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    private static string Line((int Batch, int Dimension, int Hidden, int Depth) size)
    {
        using var ours = new Workload(size.Batch, size.Dimension, size.Hidden, size.Depth);
        using var tensors = new HiddenTensors(size.Batch, size.Dimension, size.Hidden, size.Depth);
        using var coordinates = new CoordinateReverse(size.Batch, size.Dimension, size.Hidden, size.Depth);
        InterleavedTiming.Measure(10, ours.Train, tensors.Train, coordinates.Train, ours.Score, tensors.Score);
        var times = InterleavedTiming.Measure(41, ours.Train, tensors.Train, coordinates.Train, ours.Score, tensors.Score);
        double Ms(int i) => 1e3 * InterleavedTiming.Median(times[i]);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {size.Batch}, {size.Dimension}, {size.Hidden}, {size.Depth} | {Ms(0):F2} | {Ms(1):F2} | {Ms(2):F2} | {InterleavedTiming.Ratio(times[0], times[2]):F2} | {InterleavedTiming.Ratio(times[0], times[1]):F2} | {Ms(3):F2} | {Ms(4):F2} | {InterleavedTiming.Ratio(times[3], times[4]):F2} |");
    }
}
