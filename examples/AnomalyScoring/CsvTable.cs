using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.VisualBasic.FileIO;

namespace AnomalyScoring;

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
            pipeline = pipeline.Append(
                mlContext.Transforms.ReplaceMissingValues([.. Pairs(numbers)], MissingValueReplacingEstimator.ReplacementMode.Mean));
        }

        if (categories.Length > 0)
        {
            pipeline = pipeline.Append(mlContext.Transforms.Categorical.OneHotEncoding([.. Pairs(categories)]));
        }

        pipeline = pipeline.Append(mlContext.Transforms.Concatenate("Features", features));

        var prepared = pipeline.Fit(data).Transform(data);
        VBuffer<ReadOnlyMemory<char>> names = default;
        prepared.Schema["Features"].GetSlotNames(ref names);
        return new Table(
            Path.GetFileName(path), [.. names.DenseValues().Select(name => name.ToString())], [.. prepared.GetColumn<float[]>("Features")],
            anomalies);
    }

    private static IDataView LoadAs(MLContext mlContext, string path, string[] header, Func<string, DataKind> kind) =>
        mlContext.Data.LoadFromTextFile(
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

    private static IEnumerable<InputOutputColumnPair> Pairs(string[] columns) => columns.Select(
        column => new InputOutputColumnPair(column));

    private static bool IsNumber(string cell) =>
        string.IsNullOrWhiteSpace(cell) || float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}

/// <summary>The cells of a CSV file: one header, and rows that all have as many cells as it. A cell in quotes may hold commas and line
/// breaks.</summary>
public sealed record CsvFile(string Path, string[] Header, string[][] Rows)
{
    /// <summary>Reads and checks the whole file.</summary>
    /// <exception cref="InvalidDataException">No rows, a row with more or fewer cells than the header, a quote without its end, or two
    /// columns of one name.</exception>
    public static CsvFile Read(string path)
    {
        using var parser = new TextFieldParser(path) { Delimiters = [","] };
        try
        {
            var header = parser.ReadFields() ?? throw new InvalidDataException($"Expected a header in {path}, got an empty file.");
            if (header.Distinct().Count() < header.Length)
            {
                throw new InvalidDataException($"Expected a different name for each column of {path}, got {string.Join(", ", header)}. Rename the columns in the file.");
            }

            var rows = new List<string[]>();
            for (var line = parser.LineNumber; parser.ReadFields() is { } cells; line = parser.LineNumber)
            {
                if (cells.Length != header.Length)
                {
                    throw new InvalidDataException($"Expected {header.Length} cells in every row of {path}, as in its header, got {cells.Length} near line {line}: "
                        + $"{string.Join(", ", cells.Take(5))}{(cells.Length > 5 ? ", ..." : "")}. Leave a cell empty where a value is missing, and put quotes around text with commas.");
                }

                rows.Add(cells);
            }

            return rows.Count > 0 ? new CsvFile(path, header, [.. rows])
                : throw new InvalidDataException($"Expected rows below the header of {path}, got none.");
        }
        catch (MalformedLineException error)
        {
            throw new InvalidDataException(
                $"Expected cells between commas in {path}, got a quote without its end, or text behind it, at line {error.LineNumber}. Write a quote within quotes twice.", error);
        }
    }

    /// <summary>The cells of one column.</summary>
    /// <exception cref="InvalidDataException">There is no such column.</exception>
    public string[] Column(string name)
    {
        var place = Array.IndexOf(Header, name);
        return place >= 0 ? [.. Rows.Select(row => row[place])]
            : throw new InvalidDataException(
                $"Expected a column '{name}' in {Path}, got {string.Join(", ", Header)}. Name one of them with --label.");
    }
}

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
        return new Split(
            [.. training.Select(row => Rows[row])], [.. test.Select(row => Rows[row])], [.. test.Select(row => Anomalies[row])], test);
    }
}

/// <summary>One division of a table.</summary>
/// <param name="Training">Rows to learn from.</param>
/// <param name="Test">Rows to score.</param>
/// <param name="Anomalies">Which of the test rows are anomalies.</param>
/// <param name="TestNumbers">Numbers of the test rows in the table, from 0.</param>
public sealed record Split(float[][] Training, float[][] Test, bool[] Anomalies, int[] TestNumbers);
