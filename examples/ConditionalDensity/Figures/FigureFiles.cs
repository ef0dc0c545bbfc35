using ConditionalDensity.Data;
using ConditionalDensity.Methods;
using MAFlow.Examples;
using MAFlow.MLNet;

namespace ConditionalDensity.Figures;

/// <summary>Writes the two pictures of a set.</summary>
public static class FigureFiles
{
    private const int MaxPoints = 1500, Steps = 200;

    public static IReadOnlyList<string> Write(
        DirectoryInfo directory, DataSet set, MongeAmpereFlowRegressionTransformer model, IReadOnlyList<MethodResult> results) =>
    [
        Save(directory, $"{set.Name}-bands.png", set.Training[0].Features.Length == 1 ? OverTheFeature(set, model) : OverRows(set, model)),
        Save(directory, $"{set.Name}-histogram.png", CumulativeChart.Draw($"Calibration: {set.Name}", results)),
    ];

    /// <summary>One feature: quantiles over it.</summary>
    private static byte[] OverTheFeature(DataSet set, MongeAmpereFlowRegressionTransformer model)
    {
        var (low, high) = (set.Test.Min(row => row.Features[0]), set.Test.Max(row => row.Features[0]));
        double[] x = [.. Enumerable.Range(0, Steps + 1).Select(k => low + (k * ((double)high - low) / Steps))];
        Observation[] rows = [.. x.Select(value => new Observation { Features = [(float)value] })];
        return BandChart.Draw(
            $"Predicted quantiles: {set.Name}", ("x", set.Label), x, FlowMethod.Quantiles(model, rows),
            [.. set.Test.Take(MaxPoints).Select(row => ((double)row.Features[0], (double)row.Label))]);
    }

    /// <summary>Many features: quantiles of each test row, in the order of its median.</summary>
    private static byte[] OverRows(DataSet set, MongeAmpereFlowRegressionTransformer model)
    {
        var middle = FlowMethod.Levels.Count / 2;
        var sorted = FlowMethod.Quantiles(model, set.Test).Zip(set.Test).OrderBy(pair => pair.First[middle]).ToArray();
        return BandChart.Draw(
            $"Predicted quantiles: {set.Name}", ("test rows in the order of their predicted median", set.Label),
            [.. Enumerable.Range(1, sorted.Length).Select(rank => (double)rank)], [.. sorted.Select(pair => pair.First)],
            [.. sorted.Select((pair, rank) => (rank + 1.0, (double)pair.Second.Label))]);
    }

    private static string Save(DirectoryInfo directory, string name, byte[] png)
    {
        var path = Path.Combine(directory.FullName, name);
        AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, png));
        return path;
    }
}
