using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

/// <summary>All that a loaded density says of rows given their contexts, bit by bit: a line for each row of its view, then one for each row of
/// its PredictionEngine.</summary>
internal static class GivenLines
{
    /// <param name="model">The loaded model.</param>
    /// <param name="path">A file with a row a line: its numbers, then those of its context.</param>
    /// <param name="contextWidth">How many numbers of a line are the context.</param>
    public static IEnumerable<string> Of(ITransformer model, string path, int contextWidth)
    {
        var context = new MLContext();
        float[][] lines = [.. File.ReadLines(path).Select(line => line.Split(' ').Select(number => float.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
        var width = lines[0].Length - contextWidth;
        GivenRow[] rows = [.. lines.Select(line => new GivenRow { Features = line[..width], Context = line[width..] })];
        var (input, output) = (SchemaDefinition.Create(typeof(GivenRow)), SchemaDefinition.Create(typeof(ScoredRow)));
        input[nameof(GivenRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        input[nameof(GivenRow.Context)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, contextWidth);
        foreach (var column in output.Where(column => column.ColumnType is VectorDataViewType))
        {
            column.ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        }

        using var engine = context.Model.CreatePredictionEngine<GivenRow, ScoredRow>(model, new PredictionEngineOptions
        {
            IgnoreMissingColumns = true, InputSchemaDefinition = input, OutputSchemaDefinition = output, OwnsTransformer = false,
        });
        var view = model.Transform(context.Data.LoadFromEnumerable(rows, input));
        return
        [
            .. context.Data.CreateEnumerable<ScoredRow>(view, reuseRowObject: false, ignoreMissingColumns: true, output).Select(row => row.ToString()),
            .. rows.Select(row => engine.Predict(row).ToString()),
        ];
    }

    /// <summary>A row of numbers, and what it depends on.</summary>
    internal sealed class GivenRow
    {
        public float[] Features { get; set; } = [];

        public float[] Context { get; set; } = [];
    }
}
