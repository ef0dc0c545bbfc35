using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Rows in messages have the numbers that they have in the view that is read, whatever batches they come in.</summary>
[TestClass]
public sealed class RowNumberTests
{
    private const int Bad = 23;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void A_bad_value_is_named_by_its_place_in_the_view()
    {
        Named(Data(), Bad);
        // The rows before the tenth are gone, those that are missing still count.
        Named(_context.Data.FilterRowsByColumn(Data(), "Number", 10, 1000), Bad - 10);
        Named(_context.Data.SkipRows(Data(), 5), Bad - 5);
        var shuffled = _context.Data.ShuffleRows(Data(), seed: 3);
        Named(shuffled, Array.IndexOf(shuffled.GetColumn<float>("Number").ToArray(), Bad));
    }

    [TestMethod]
    public void A_vector_of_another_length_is_named_by_its_place_in_the_view()
    {
        Named(Data(isShort: true), Bad);
        Named(_context.Data.SkipRows(Data(isShort: true), 5), Bad - 5);
    }

    [TestMethod]
    public void A_row_mapper_counts_as_its_input_does()
    {
        var data = _context.Data.SkipRows(Data(), 5);
        var mapper = new SingleRowMapper(data.Schema, new PickyMap());
        using var cursor = data.GetRowCursor(data.Schema);
        using var row = mapper.GetRow(cursor, mapper.OutputSchema);
        var (getter, value) = (row.GetGetter<float>(mapper.OutputSchema["First"]), 0f);
        while (cursor.MoveNext())
        {
            if (cursor.Position < Bad - 5)
            {
                getter(ref value);
                continue;
            }

            StringAssert.EndsWith(Assert.Throws<Exception>(() => getter(ref value)).Message, $"row {Bad - 5}");
            return;
        }

        Assert.Fail("There is no such row.");
    }

    [TestMethod]
    public void A_row_that_no_data_can_be_is_the_same_one_on_every_path()
    {
        const int bad = 9;
        var random = new Random(3);
        var rows = Enumerable.Range(0, 60).Select(_ => new float[] { random.Next(17), random.Next(17) }).ToArray();
        var options = SmallFlow.Options();
        options.Preprocessing = [new UniformDequantization(levels: 17), new Logit()];
        options.ScoringBatchSize = 4;
        using var model = SmallFlow.Fit(options, data: Tables.Vectors(rows));
        // A missing value in the batch before it and in its own.
        (rows[12], rows[13], rows[bad + 5]) = ([float.NaN, 0], [0, float.NaN], [99, 0]);
        var data = _context.Data.SkipRows(Tables.Vectors(rows), 5);
        var scores = SmallFlow.Scores(model, data);
        Assert.AreEqual(bad, Array.IndexOf(scores, float.PositiveInfinity));
        Assert.AreEqual(2, scores.Count(float.IsNaN));

        var mapper = ((ITransformer)model).GetRowToRowMapper(data.Schema);
        using var cursor = data.GetRowCursor(data.Schema);
        using var row = mapper.GetRow(cursor, mapper.OutputSchema);
        var (getter, score) = (row.GetGetter<float>(mapper.OutputSchema["Score"]), 0f);
        foreach (var expected in scores)
        {
            Assert.IsTrue(cursor.MoveNext());
            getter(ref score);
            Assert.AreEqual(expected, score);
        }
    }

    private static void Named(IDataView data, int row)
    {
        var view = new BatchedView(data, new PickyMap());
        var error = Assert.Throws<Exception>(() => view.GetColumn<float>("First").ToArray());
        StringAssert.Contains(error.Message + " ", $"row {row} ");
    }

    private IDataView Data(bool isShort = false) => _context.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(row => new Row
    {
        Number = row,
        Features = new VBuffer<float>(isShort && row == Bad ? 1 : 2, row == Bad ? [-1, 0] : row == 12 ? [float.NaN, 0] : [row, 0]),
    }));

    private sealed class Row
    {
        public float Number { get; set; }

        [VectorType(2)]
        public VBuffer<float> Features { get; set; }
    }

    /// <summary>Takes no negative value.</summary>
    private sealed class PickyMap : RowMap
    {
        public override string InputColumnName => "Features";

        public override int Dimension => 2;

        public override int BatchSize => 7;

        public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
            [MappedColumn.Scalar("First", NumberDataViewType.Single, (MappedBatch batch, int row, ref float value) => value = batch.LogLikelihood(row))];

        public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
        {
            for (var row = 0; row < rows; row++)
            {
                if (values[2 * row] < 0)
                {
                    throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Expected no negative value, got one in row {firstRow + row}"));
                }
            }

            return new(2) { LogLikelihoods = [.. Enumerable.Range(0, rows).Select(row => values[2 * row])] };
        }
    }
}
