using System.Globalization;

namespace AnomalyScoring.Data;

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
