using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>A table of four dependent features that is made while it is read, the same at each reading.</summary>
internal static class LazyTable
{
    public const int Features = 4;

    /// <param name="rows">Number of rows.</param>
    /// <param name="onRow">Called before each row, with its number.</param>
    public static IDataView Of(int rows, Action<int>? onRow = null) => new MLContext(seed: 1).Data.LoadFromEnumerable(Rows(rows, onRow));

    /// <summary>The row with a number, whatever the length of the table.</summary>
    public static float[] Row(int number)
    {
        var random = new Numbers((ulong)number);
        var (u, v) = (random.Normal(), random.Normal());
        return [u, (u * u / 2) + (v / 2), 3 + (2 * random.Normal()), (v * u) + random.Normal()];
    }

    private static IEnumerable<Line> Rows(int rows, Action<int>? onRow)
    {
        for (var row = 0; row < rows; row++)
        {
            onRow?.Invoke(row);
            yield return new Line { Features = Row(row) };
        }
    }

    internal sealed class Line
    {
        [VectorType(LazyTable.Features)]
        public float[] Features { get; set; } = [];
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private struct Numbers(ulong seed)
    {
        private ulong _state = seed * 0x632BE59BD9B4E019;

        public float Normal() => (float)(Math.Sqrt(-2 * Math.Log(Uniform())) * Math.Cos(2 * Math.PI * Uniform()));

        private double Uniform()
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (((z ^ (z >> 31)) >> 11) + 0.5) / (1UL << 53);
        }
    }
}
