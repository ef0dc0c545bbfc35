using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace AnomalyScoring.Data;

/// <summary>A CSV file with a header: columns that hold nothing but numbers are numbers, all others categories, which become one-hot
/// vectors.</summary>
public static class CsvTable
{
    public static Table Load(string path, string labelColumn, string anomalyValue)
    {
        var mlContext = new MLContext(1);
        var file = CsvFile.Read(path);
        var labels = file.Column(labelColumn);
        var anomalies = labels.Select(label => label == anomalyValue).ToArray();
        if (!anomalies.Contains(true) || !anomalies.Contains(false))
        {
            throw new InvalidDataException($"Expected both anomalies and other rows in {path}, got {anomalies.Count(anomaly => anomaly)} of {labels.Length} rows "
                + $"with '{labelColumn}' equal to '{anomalyValue}'. The values are {string.Join(", ", labels.Distinct().Take(10))}: "
                + "choose one of them with --anomaly, or another column with --label.");
        }

        string[] features = [.. file.Header.Where(column => column != labelColumn)];
        if (features.Length == 0)
        {
            throw new InvalidDataException($"Expected columns beside '{labelColumn}' in {path}, got none: there is nothing to learn from.");
        }

        string[] numbers = [.. features.Where(column => file.Column(column).All(IsNumber))];
        string[] categories = [.. features.Except(numbers)];
        var data = LoadAs(mlContext, path, file.Header, column => numbers.Contains(column) ? DataKind.Single : DataKind.String);
        IEstimator<ITransformer> pipeline = new EstimatorChain<ITransformer>();
        if (numbers.Length > 0)
        {
            pipeline = pipeline.Append(mlContext.Transforms.ReplaceMissingValues([.. Pairs(numbers)], MissingValueReplacingEstimator.ReplacementMode.Mean));
        }

        if (categories.Length > 0)
        {
            pipeline = pipeline.Append(mlContext.Transforms.Categorical.OneHotEncoding([.. Pairs(categories)]));
        }

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
            ReadMultilines = true,
            TrimWhitespace = true,
            MissingRealsAsNaNs = true,
        });

    private static IEnumerable<InputOutputColumnPair> Pairs(string[] columns) => columns.Select(column => new InputOutputColumnPair(column));

    private static bool IsNumber(string cell) =>
        string.IsNullOrWhiteSpace(cell) || float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
