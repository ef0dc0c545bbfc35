using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Views that are computed lazily and in batches keep to the contract of an IDataView.</summary>
[TestClass]
public sealed class BatchedViewTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Transform_reads_nothing_until_a_cursor_moves()
    {
        var data = new CountingView(Tables.View(_context, 40));
        var scored = SmallFlow.Fitted.Transform(data);
        Assert.AreEqual(0, data.Cursors);

        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        Assert.AreEqual(0, data.RowsRead);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(16, data.RowsRead);
        Assert.AreEqual(1, data.Cursors);
    }

    [TestMethod]
    public void Nothing_is_computed_for_readers_of_input_columns_only()
    {
        var map = new CountingMap();
        var data = new CountingView(Tables.View(_context, 40));
        var view = new BatchedView(data, map);

        CollectionAssert.AreEqual(Tables.Records(40).Select(row => row.Name).ToArray(), view.GetColumn<string>(view.Schema["Name"]).ToArray());
        Assert.AreEqual(0, map.Evaluations);
        CollectionAssert.AreEqual(new[] { "Name" }, data.ColumnsAsked);
    }

    [TestMethod]
    public void Several_new_columns_cost_one_evaluation_a_batch()
    {
        var map = new CountingMap();
        var view = new BatchedView(Tables.View(_context, 40), map);
        using var cursor = view.GetRowCursor(view.Schema);
        var sum = cursor.GetGetter<float>(view.Schema["Sum"]);
        var copy = cursor.GetGetter<VBuffer<float>>(view.Schema["Copy"]);
        var name = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Name"]);
        var (value, vector, text) = (0f, default(VBuffer<float>), default(ReadOnlyMemory<char>));
        var records = Tables.Records(40);
        for (var row = 0; cursor.MoveNext(); row++)
        {
            sum(ref value);
            copy(ref vector);
            name(ref text);
            Assert.AreEqual(row, cursor.Position);
            Assert.AreEqual(records[row].Features.Sum(), value, 1e-6f);
            CollectionAssert.AreEqual(records[row].Features, vector.DenseValues().ToArray());
            Assert.AreEqual(records[row].Name, text.ToString());
        }

        Assert.AreEqual(6, map.Evaluations);
        Assert.AreEqual(40, map.Rows);
    }

    [TestMethod]
    public void A_map_is_asked_for_what_is_read()
    {
        foreach (var (column, part) in new[] { ("Sum", MappedParts.Scores), ("Copy", MappedParts.Vectors), ("Name", MappedParts.None) })
        {
            var map = new CountingMap();
            var view = new BatchedView(Tables.View(_context, 3), map);
            using var cursor = view.GetRowCursor([view.Schema[column]]);
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(part, map.Parts);
        }
    }

    [TestMethod]
    public void A_cursor_whose_batch_failed_has_ended_and_hands_out_nothing()
    {
        var view = new BatchedView(Tables.View(_context, 40), new CountingMap { Failing = 3 });
        using var cursor = view.GetRowCursor(view.Schema);
        var (sum, name, id) = (cursor.GetGetter<float>(view.Schema["Sum"]), cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Name"]), cursor.GetIdGetter());
        for (var row = 0; row < 14; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
        }

        Assert.ThrowsExactly<FormatException>(() => cursor.MoveNext());
        var (value, text, number) = (0f, default(ReadOnlyMemory<char>), default(DataViewRowId));
        Assert.AreEqual(-1, cursor.Position);
        Assert.ThrowsExactly<InvalidOperationException>(() => sum(ref value));
        Assert.ThrowsExactly<InvalidOperationException>(() => name(ref text));
        Assert.ThrowsExactly<InvalidOperationException>(() => id(ref number));
        Assert.IsFalse(cursor.MoveNext());
        Assert.AreEqual(-1, cursor.Position);
    }

    [TestMethod]
    public void Columns_of_all_types_and_ids_come_through_untouched()
    {
        var data = Tables.View(_context, 37);
        var view = new BatchedView(data, new CountingMap());
        var expected = _context.Data.CreateEnumerable<Record>(data, reuseRowObject: false);
        var actual = _context.Data.CreateEnumerable<Record>(view, reuseRowObject: false);
        using var inputs = data.GetRowCursor([]);
        using var outputs = view.GetRowCursor([view.Schema["Sum"]]);
        var (inputId, outputId) = (inputs.GetIdGetter(), outputs.GetIdGetter());

        foreach (var (before, after) in expected.Zip(actual))
        {
            Assert.AreEqual((before.Name, before.Label, before.Number, before.Time, before.Count), (after.Name, after.Label, after.Number, after.Time, after.Count));
            CollectionAssert.AreEqual(before.Words, after.Words);
            CollectionAssert.AreEqual(before.Pair, after.Pair);
            CollectionAssert.AreEqual(before.Features, after.Features);
            Assert.IsTrue(inputs.MoveNext() && outputs.MoveNext());
            var (left, right) = (default(DataViewRowId), default(DataViewRowId));
            inputId(ref left);
            outputId(ref right);
            Assert.AreEqual(left, right);
        }

        Assert.AreEqual(37, actual.Count());
    }

    [TestMethod]
    public void A_vector_handed_out_stays_as_it_is_when_the_cursor_moves_on()
    {
        var view = new BatchedView(Tables.View(_context, 40), new CountingMap());
        var all = view.GetColumn<VBuffer<double>>(view.Schema["Pair"]).ToArray();
        using var cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetGetter<VBuffer<double>>(view.Schema["Pair"]);
        var kept = new List<VBuffer<double>>();
        while (cursor.MoveNext())
        {
            var vector = default(VBuffer<double>);
            getter(ref vector);
            kept.Add(vector);
        }

        for (var row = 0; row < 40; row++)
        {
            CollectionAssert.AreEqual(new double[] { row, -row }, kept[row].DenseValues().ToArray());
        }

        Assert.HasCount(40, all);
    }

    [TestMethod]
    public void Sparse_vectors_are_read_as_dense_ones()
    {
        var rows = new[] { new Sparse { Features = new VBuffer<float>(3, 1, [5], [1]) }, new Sparse { Features = new VBuffer<float>(3, 0, [], []) } };
        var view = new BatchedView(_context.Data.LoadFromEnumerable(rows), new CountingMap());

        CollectionAssert.AreEqual(new float[] { 0, 5, 0 }, Tables.Column(view, "Copy")[0]);
        CollectionAssert.AreEqual(new float[] { 0, 0, 0 }, Tables.Column(view, "Copy")[1]);
    }

    [TestMethod]
    public void A_cursor_has_no_row_before_the_first_and_after_the_last()
    {
        var view = new BatchedView(Tables.View(_context, 3), new CountingMap());
        using var cursor = view.GetRowCursor([view.Schema["Sum"]]);
        var (getter, value) = (cursor.GetGetter<float>(view.Schema["Sum"]), 0f);

        Assert.AreEqual(-1, cursor.Position);
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref value));
        while (cursor.MoveNext())
        {
            getter(ref value);
        }

        Assert.AreEqual(-1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref value));
    }

    [TestMethod]
    public void Getters_of_inactive_columns_and_of_wrong_types_are_refused()
    {
        var view = new BatchedView(Tables.View(_context, 3), new CountingMap());
        using var cursor = view.GetRowCursor([view.Schema["Sum"]]);

        Assert.IsTrue(cursor.IsColumnActive(view.Schema["Sum"]));
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["Features"]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Copy"]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<double>(view.Schema["Sum"]));
        StringAssert.Contains(error.Message, "System.Double");
    }

    [TestMethod]
    public void Several_cursors_at_once_do_not_disturb_each_other()
    {
        var scored = SmallFlow.Fitted.Transform(Tables.View(_context, 100));
        var expected = scored.GetColumn<float>("Score").ToArray();
        using var first = scored.GetRowCursor([scored.Schema["Score"]]);
        using var second = scored.GetRowCursor([scored.Schema["Score"]]);
        var (firstScore, secondScore) = (first.GetGetter<float>(scored.Schema["Score"]), second.GetGetter<float>(scored.Schema["Score"]));
        var value = 0f;
        for (var row = 0; row < 50; row++)
        {
            Assert.IsTrue(first.MoveNext());
        }

        for (var row = 0; row < 50; row++)
        {
            Assert.IsTrue(first.MoveNext() && second.MoveNext());
            firstScore(ref value);
            Assert.AreEqual(expected[row + 49 + 1], value);
            secondScore(ref value);
            Assert.AreEqual(expected[row], value);
        }

        Parallel.For(0, 8, _ => CollectionAssert.AreEqual(expected, scored.GetColumn<float>("Score").ToArray()));
    }

    [TestMethod]
    public void Disposing_a_cursor_closes_its_input()
    {
        var data = new CountingView(Tables.View(_context, 40));
        var view = new BatchedView(data, new CountingMap());
        foreach (var column in new[] { "Sum", "Name" })
        {
            var cursor = view.GetRowCursor([view.Schema[column]]);
            Assert.IsTrue(cursor.MoveNext());
            cursor.Dispose();
        }

        Assert.AreEqual(0, data.Open);
        Assert.AreEqual(40, view.GetRowCount());
        Assert.IsFalse(view.CanShuffle);
    }

    [TestMethod]
    public void Later_steps_of_ML_NET_read_the_view()
    {
        var data = Tables.View(_context, 60);
        var chain = _context.Transforms.NormalizeMinMax("Features").Append(SmallFlow.Estimator(context: _context))
            .Append(_context.Transforms.NormalizeMeanVariance("Scaled", "Latent")).Append(_context.Clustering.Trainers.KMeans("Scaled", numberOfClusters: 2));
        var scored = chain.Fit(data).Transform(data);

        Assert.AreEqual(60, _context.Data.ShuffleRows(scored, 1).GetColumn<uint>("PredictedLabel").Count());
        Assert.AreEqual(10, _context.Data.TakeRows(scored, 10).GetColumn<float>("LogLikelihood").Count());
    }

    private sealed class Sparse
    {
        [VectorType(3)]
        public VBuffer<float> Features { get; set; }
    }

    /// <summary>Copies the vectors, sums them up, and counts how often it is asked to.</summary>
    private sealed class CountingMap : RowMap
    {
        public int Evaluations { get; private set; }

        public int Rows { get; private set; }

        public override string InputColumnName => "Features";

        public override int Dimension => 3;

        public override int BatchSize => 7;

        public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        [
            MappedColumn.Vector("Copy", 3),
            MappedColumn.Scalar("Sum", NumberDataViewType.Single, (MappedBatch batch, int row, ref float value) => value = batch.LogLikelihood(row)),
        ];

        public MappedParts Parts { get; private set; }

        /// <summary>The evaluation that fails, from 1; 0 for none.</summary>
        public int Failing { get; init; }

        public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
        {
            if (++Evaluations == Failing)
            {
                throw new FormatException("This batch is bad.");
            }

            Rows += rows;
            Parts |= parts;
            return new MappedBatch(3)
            {
                Vectors = [.. values],
                LogLikelihoods = [.. Enumerable.Range(0, rows).Select(row => values.AsSpan(3 * row, 3).ToArray().Sum())],
            };
        }
    }
}
