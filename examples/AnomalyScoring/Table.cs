using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring;

/// <summary>Rows of features, and which of them are anomalies.</summary>
public sealed record Table(string Name, IReadOnlyList<string> FeatureNames, float[][] Rows, bool[] Anomalies)
{
    /// <summary>Half of the ordinary rows, or of all rows, for training; all others for the test.</summary>
    public Split Split(int seed, bool trainOnNormal)
    {
        var order = Enumerable.Range(0, Rows.Length).ToArray();
        new Random(seed).Shuffle(order);
        var candidates = order.Where(row => !trainOnNormal || !Anomalies[row]).ToArray();
        var training = candidates[..(candidates.Length / 2)];
        var test = order.Except(training).ToArray();
        return new Split([.. training.Select(row => Rows[row])], [.. test.Select(row => Rows[row])], [.. test.Select(row => Anomalies[row])], test);
    }
}

/// <summary>One division of a table.</summary>
/// <param name="Training">Rows to learn from.</param>
/// <param name="Test">Rows to score.</param>
/// <param name="Anomalies">Which of the test rows are anomalies.</param>
/// <param name="TestNumbers">Numbers of the test rows in the table, from 0.</param>
public sealed record Split(float[][] Training, float[][] Test, bool[] Anomalies, int[] TestNumbers);

/// <summary>The embedded table: benign tumours are ordinary, malignant ones anomalies.</summary>
public static class BreastCancer
{
    private const int FeatureCount = 30;

    private static readonly string[] _properties =
        ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry", "fractal dimension"];

    public static Table Load()
    {
        using var stream = typeof(BreastCancer).Assembly.GetManifestResourceStream("breast_cancer.csv")
            ?? throw new InvalidOperationException("The program was built without its data, the resource breast_cancer.csv.");
        using var reader = new StreamReader(stream);
        float[][] cells = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
        string[] names = [.. from statistic in (string[])["mean", "error", "worst"] from property in _properties select $"{property} ({statistic})"];
        return new Table("breast cancer", names, [.. cells.Select(row => row[..FeatureCount])], [.. cells.Select(row => row[FeatureCount] == 0)]);
    }
}
