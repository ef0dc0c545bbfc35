using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace MAFlow.Benchmarks;

/// <summary>The ratios that the project answers for, each measured interleaved within one run.</summary>
internal sealed class QuickReport
{
    private const int FloorRounds = 21;

    private readonly JsonObject _report = [];

    /// <summary>Names of the parts, in the order in which they are measured.</summary>
    public static IReadOnlyList<string> Parts { get; } = [.. new QuickReport().Measurements.Select(part => part.Name)];

    private IReadOnlyList<(string Name, Action Measure)> Measurements =>
    [
        ("floor", Floor),
        ("step", TrainingStep),
        ("deep", DeepTrainingStep),
        ("dimension", DimensionIndependence),
        ("lattice", LatticeSymmetry),
        ("pair", PairPotential),
        ("trained", TrainedModels),
        ("scorer", ManagedScoring),
        ("memory", Memory),
        ("scaling", Scaling),
    ];

    /// <summary>Measures the named parts, or everything where none is named, printing as it goes.</summary>
    public JsonObject Run(IReadOnlyCollection<string> only)
    {
        var start = Stopwatch.GetTimestamp();
        _report["machine"] = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
        foreach (var (name, measure) in Measurements)
        {
            if (only.Count == 0 || only.Contains(name))
            {
                measure();
            }
        }

        _report["seconds"] = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1);
        return _report;
    }

    private void Floor()
    {
        using var ours = new Workload(100, 784, 1024, 10);
        using var half = new Workload(100, 784, 1024, 10, Precision.BFloat16Products);
        using var fastest = new Workload(100, 784, 1024, 10, Precision.Fastest);
        using var floor = new GemmFloor(100, 1024, 10);
        var times = InterleavedTiming.Measure(FloorRounds, ours.Train, floor.Train, half.Train, fastest.Train);
        Record("trainStepMilliseconds", 1e3 * InterleavedTiming.Median(times[0]));
        Record("trainStepOverGemmFloor", InterleavedTiming.Ratio(times[0], times[1]));
        Record("bf16Speedup", InterleavedTiming.Ratio(times[0], times[2]));
        Record("fastestOverFull", InterleavedTiming.Ratio(times[3], times[0]));
        using var many = new Workload(1000, 784, 1024, 10);
        using var manyFloor = new GemmFloor(1000, 1024, 10);
        times = InterleavedTiming.Measure(FloorRounds, many.Score, manyFloor.Score);
        Record("scoreMilliseconds", 1e3 * InterleavedTiming.Median(times[0]));
        Record("scoreOverGemmFloor", InterleavedTiming.Ratio(times[0], times[1]));
    }

    private void TrainingStep()
    {
        using var ours = new Workload(100, 784, 1024, 10);
        using var half = new Workload(100, 784, 1024, 10, Precision.BFloat16Products);
        using var paper = new MongeAmpereFlow(new PaperRidgePotential(ours.Potential), ours.Options);
        var times = InterleavedTiming.Measure(3, () => ours.Train(paper), ours.Train, half.Train);
        Record("trainStepSpeedup", InterleavedTiming.Ratio(times[0], times[1]));
        Record("trainStepSpeedupBf16", InterleavedTiming.Ratio(times[0], times[2]));
    }

    private void DeepTrainingStep()
    {
        using var ours = new Workload(100, 784, 1024, 100);
        using var paper = new MongeAmpereFlow(new PaperRidgePotential(ours.Potential), ours.Options);
        var times = InterleavedTiming.Measure(1, () => ours.Train(paper), ours.Train);
        Record("trainStepSpeedupDepth100", InterleavedTiming.Ratio(times[0], times[1]));
    }

    private void DimensionIndependence()
    {
        // The paper's depth, and half of it: what does not depend on the depth, the Gram matrix above all, weighs twice as much there.
        foreach (var (depth, name) in ((int, string)[])[(100, "flatInDimension"), (50, "flatInDimensionDepth50")])
        {
            using var low = new Workload(100, 512, 512, depth);
            using var high = new Workload(100, 8192, 512, depth);
            var times = InterleavedTiming.Measure(3, high.Train, low.Train);
            Record(name, InterleavedTiming.Ratio(times[0], times[1]));
        }
    }

    private void LatticeSymmetry()
    {
        foreach (var side in (int[])[16, 32, 64])
        {
            using var workload = new LatticeWorkload(side);
            var times = InterleavedTiming.Measure(side < 64 ? 5 : 1, workload.TrainFast, workload.TrainDense);
            Record($"isingFftOverDense{side}", InterleavedTiming.Ratio(times[0], times[1]));
        }
    }

    private void PairPotential()
    {
        foreach (var side in (int[])[8, 16, 32])
        {
            using var workload = new PairWorkload(side);
            var times = InterleavedTiming.Measure(7, workload.Train, workload.Floor);
            Record($"pairStepMilliseconds{side}", 1e3 * InterleavedTiming.Median(times[0]));
            Record($"pairStepOverFloor{side}", InterleavedTiming.Ratio(times[0], times[1]));
        }
    }

    private void TrainedModels()
    {
        using var model = new TrainedModel();
        // Enough calls for the runtime to compile the path with optimisations.
        InterleavedTiming.Measure(3000, model.Predict);
        Record("predictionEngineMicroseconds", 1e6 * InterleavedTiming.Median(InterleavedTiming.Measure(3000, model.Predict)[0]));
        var times = InterleavedTiming.Measure(9, model.ScoreDeeply, model.ScoreToTolerance);
        Record("toleranceSpeedup", InterleavedTiming.Ratio(times[0], times[1]));
    }

    private void ManagedScoring()
    {
        using var speed = new ScoringSpeed();
        foreach (var (rows, rounds) in ((int, int)[])[(1, 2000), (256, 100)])
        {
            speed.Measure(rows, rounds);
            var (tensors, scorer, _) = speed.Measure(rows, rounds);
            Record($"scorerMicroseconds{rows}", scorer);
            Record($"scorerOverTensors{rows}", scorer / tensors);
        }
    }

    private void Memory()
    {
        Record("peakMemoryMB", TrainingMemory.Measure(TrainingMemory.Keep));
        Record("peakMemoryRecomputeMB", TrainingMemory.Measure(TrainingMemory.Recompute));
        // Eight times the depth, the memory of one: what a reversible solve is for.
        var (shallow, deep) = (TrainingMemory.Measure(TrainingMemory.Reversible, 24), TrainingMemory.Measure(TrainingMemory.Reversible, 192));
        Record("peakMemoryReversibleMB", deep);
        Record("reversibleMemoryDepth192Over24", deep / shallow);
    }

    private void Scaling()
    {
        var table = new JsonArray();
        void Exponent(string axis, Func<int, Workload> make, params int[] sizes)
        {
            var workloads = sizes.Select(make).ToArray();
            var times = InterleavedTiming.Measure(5, [.. workloads.Select(workload => (Action)workload.Train)]);
            var medians = times.Select(InterleavedTiming.Median).ToArray();
            for (var i = 0; i < sizes.Length; i++)
            {
                table.Add(new JsonObject { ["axis"] = axis, ["size"] = sizes[i], ["trainStepMilliseconds"] = Math.Round(1e3 * medians[i], 2) });
                workloads[i].Dispose();
            }

            Record($"exponent{axis}", Slope([.. sizes.Select(size => Math.Log(size))], [.. medians.Select(median => Math.Log(median))]));
        }

        Exponent("B", size => new Workload(size, 784, 1024, 5), 64, 128, 256);
        Exponent("D", size => new Workload(100, 784, 512, size), 5, 10, 20);
        Exponent("N", size => new Workload(100, size, 512, 20), 512, 1024, 2048);
        Exponent("H", size => new Workload(100, 2048, size, 5), 512, 1024, 2048);
        _report["scaling"] = table;
    }

    private static double Slope(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }

    private void Record(string name, double value)
    {
        _report[name] = Math.Round(value, 4);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-28} {value,10:F3}"));
    }
}
