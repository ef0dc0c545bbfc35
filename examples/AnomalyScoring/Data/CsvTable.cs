using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring.Data;

/// <summary>A CSV file with a header: columns that hold nothing but numbers are numbers, all others categories, which become one-hot vectors.</summary>
public static class CsvTable
{
    public static Table Load(string path, string labelColumn, string anomalyValue)
    {
        var mlContext = new MLContext(1);
        var header = Header(path);
        if (!header.Contains(labelColumn))
            throw new InvalidDataException($"Expected a column '{labelColumn}' in {path}, got {string.Join(", ", header)}. Name one of them with --label.");
        if (header.Distinct().Count() < header.Length)
            throw new InvalidDataException($"Expected a different name for each column of {path}, got {string.Join(", ", header)}.");
        var text = LoadAs(mlContext, path, header, _ => DataKind.String);
        string[] labels = [.. text.GetColumn<string>(labelColumn)];
        var anomalies = labels.Select(label => label.Trim() == anomalyValue).ToArray();
        if (!anomalies.Contains(true) || !anomalies.Contains(false))
            throw new InvalidDataException($"Expected both anomalies and other rows in {path}, got {anomalies.Count(anomaly => anomaly)} of {labels.Length} rows "
                + $"with '{labelColumn}' equal to '{anomalyValue}'. The values are {string.Join(", ", labels.Distinct().Take(10))}.");

        string[] features = [.. header.Where(column => column != labelColumn)];
        string[] numbers = [.. features.Where(column => text.GetColumn<string>(column).All(IsNumber))];
        string[] categories = [.. features.Except(numbers)];
        var data = LoadAs(mlContext, path, header, column => numbers.Contains(column) ? DataKind.Single : DataKind.String);
        IEstimator<ITransformer> pipeline = mlContext.Transforms.ReplaceMissingValues(
            [.. numbers.Select(column => new InputOutputColumnPair(column))], Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode.Mean);
        if (categories.Length > 0)
            pipeline = pipeline.Append(mlContext.Transforms.Categorical.OneHotEncoding([.. categories.Select(column => new InputOutputColumnPair(column))]));
        if (numbers.Length == 0)
            pipeline = mlContext.Transforms.Categorical.OneHotEncoding([.. categories.Select(column => new InputOutputColumnPair(column))]);
        pipeline = pipeline.Append(mlContext.Transforms.Concatenate("Features", features));

        var prepared = pipeline.Fit(data).Transform(data);
        VBuffer<ReadOnlyMemory<char>> names = default;
        prepared.Schema["Features"].GetSlotNames(ref names);
        return new Table(Path.GetFileName(path), [.. names.DenseValues().Select(name => name.ToString())], [.. prepared.GetColumn<float[]>("Features")], anomalies);
    }

    private static IDataView LoadAs(MLContext mlContext, string path, string[] header, Func<string, DataKind> kind) => mlContext.Data.LoadFromTextFile(
        path,
        new TextLoader.Options
        {
            Columns = [.. header.Select((name, index) => new TextLoader.Column(name, kind(name), index))],
            Separators = [','],
            HasHeader = true,
            AllowQuoting = true,
            MissingRealsAsNaNs = true,
        });

    private static bool IsNumber(string cell) =>
        string.IsNullOrWhiteSpace(cell) || float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string[] Header(string path) =>
        [.. (File.ReadLines(path).FirstOrDefault() ?? throw new InvalidDataException($"Expected a header in {path}, got an empty file."))
            .Split(',').Select(name => name.Trim().Trim('"'))];
}
