using System.Globalization;

namespace ConditionalDensity.Data;

/// <summary>The embedded breast-cancer table: the area of the largest nuclei of a tumour, from ten means over all its nuclei.</summary>
public static class TumourTable
{
    private const int Means = 10, LargestArea = 23, TestRows = 169;

    public static DataSet Load(int seed)
    {
        using var stream = typeof(TumourTable).Assembly.GetManifestResourceStream("breast_cancer.csv")
            ?? throw new InvalidOperationException("The program was built without its data, the resource breast_cancer.csv.");
        using var reader = new StreamReader(stream);
        Observation[] rows = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray())
            .Select(cells => new Observation { Features = cells[..Means], Label = cells[LargestArea] })];
        new Random(seed).Shuffle(rows);
        return new("tumours", "area of the largest nuclei", rows[TestRows..], rows[..TestRows]);
    }
}
