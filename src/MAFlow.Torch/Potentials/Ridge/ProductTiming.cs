using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>How long a product of a potential takes in bfloat16 and in full precision, measured once per process, size and
/// device.</summary>
internal static class ProductTiming
{
    private const long Rows = 128;
    private const int Repeats = 9;

    // A gain that small is worth neither the lost bits nor a choice that may come out otherwise the next time.
    private const double RatioWorthwhile = 0.8;
    private const double RatioSlow = 1.2;
    private static readonly ConcurrentDictionary<(string Device, long Inner, long Outer), Lazy<double>> _measured = new();

    /// <summary>The faster arithmetic; bfloat16 only for potentials in float32 that have products.</summary>
    public static Precision Fastest(Potential potential) =>
        Ratio(potential) is { } ratio && ratio <= RatioWorthwhile ? Precision.BFloat16Products : Precision.Full;

    /// <summary>What was taken where the choice was left open, or that what was asked for is slow; null where there is nothing to
    /// say.</summary>
    public static string? Remark(Potential potential, Precision precision, bool isChosen)
    {
        if (!isChosen && precision == Precision.Full)
        {
            return null;
        }

        var ratio = Ratio(potential);
        var measured = ratio is null ? "there are no large products in float32" : string.Create(
            CultureInfo.InvariantCulture,
            $"a product of {Rows} rows takes {ratio:G2} times as long in bfloat16 as in float32 here");
        if (isChosen)
        {
            return $"Precision.Fastest took Precision.{precision}: {measured}. Only the same choice gives the same weights again.";
        }

        return ratio > RatioSlow ? $"Precision.{precision} is slow: {measured}. Ask for Precision.Fastest or Precision.Full." : null;
    }

    private static double? Ratio(Potential potential)
    {
        if (potential.LargestProduct is not var (inner, outer) || potential.DependsOn is not [{ dtype: ScalarType.Float32 } first, ..])
        {
            return null;
        }

        return _measured.GetOrAdd((first.device.ToString(), inner, outer), _ => new(() => Measure(first.device, inner, outer))).Value;
    }

    private static double Measure(Device device, long inner, long outer)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(1);
        var a = randn([Rows, inner], dtype: float32, generator: generator).to(device);
        var b = randn([inner, outer], dtype: float32, generator: generator).to(device);
        double Seconds(Precision precision)
        {
            using var part = NewDisposeScope();
            var watch = Stopwatch.StartNew();
            // Reading a number waits for the device.
            Ridge.MatrixProduct.Of(a, b, precision).sum().item<float>();
            return watch.Elapsed.TotalSeconds;
        }

        // The first of each kind prepares kernels and threads; the least of some is free of other work.
        var (full, half) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var repeat = 0; repeat <= Repeats; repeat++)
        {
            var (now, then) = (Seconds(Precision.Full), Seconds(Precision.BFloat16Products));
            (full, half) = repeat == 0 ? (full, half) : (Math.Min(full, now), Math.Min(half, then));
        }

        return half / full;
    }
}
