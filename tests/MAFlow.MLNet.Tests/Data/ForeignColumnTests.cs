using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Columns of other schemas are refused as ML.NET's own views refuse them, and never taken for the column with their index.</summary>
[TestClass]
public sealed class ForeignColumnTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Views_refuse_columns_of_other_schemas_in_the_words_of_ML_NET()
    {
        var plain = _context.Transforms.CopyColumns("Copy", "Features").Fit(Data()).Transform(Data());
        foreach (var column in Foreign())
        {
            foreach (var view in Views())
            {
                Refused(() => view.GetRowCursor([column]));
                Refused(() => view.GetRowCursorSet([column], 2));
                foreach (var asked in new[] { view.Schema.ToArray(), [], [view.Schema["Features"]] })
                {
                    using var cursor = view.GetRowCursor(asked);
                    RowRefuses(cursor, column);
                }
            }

            void Refused(Action ask)
            {
                var error = Assert.ThrowsExactly<InvalidOperationException>(ask);
                StringAssert.StartsWith(error.Message, $"The requested column: {column} is not part of the sourceSchema");
            }
        }

        var far = Foreign()[0];
        var expected = Assert.ThrowsExactly<InvalidOperationException>(() => plain.GetRowCursor([far]));
        var actual = Assert.ThrowsExactly<InvalidOperationException>(() => Views()[0].GetRowCursor([far]));
        StringAssert.StartsWith(actual.Message, expected.Message);
    }

    [TestMethod]
    public void Cursors_throw_what_those_of_ML_NET_throw()
    {
        var plain = _context.Transforms.CopyColumns("Copy", "Features").Fit(Data()).Transform(Data());
        using var expected = plain.GetRowCursor(plain.Schema);
        using var actual = Views()[0].GetRowCursor(Views()[0].Schema);
        var far = Foreign()[0];
        foreach (var use in new Action<DataViewRow>[] { row => row.IsColumnActive(far), row => row.GetGetter<float>(far) })
        {
            Assert.AreEqual(Assert.Throws<Exception>(() => use(expected)).GetType(), Assert.Throws<Exception>(() => use(actual)).GetType());
        }
    }

    [TestMethod]
    public void Row_mappers_refuse_columns_of_other_schemas()
    {
        var data = Data();
        var mapper = ((ITransformer)SmallFlow.Fitted).GetRowToRowMapper(data.Schema);
        using var cursor = data.GetRowCursor(data.Schema);
        using var row = mapper.GetRow(cursor, mapper.OutputSchema);
        foreach (var column in Foreign())
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => mapper.GetDependencies([column]));
            Assert.ThrowsExactly<InvalidOperationException>(() => mapper.GetRow(cursor, [column]));
            RowRefuses(row, column);
        }
    }

    [TestMethod]
    public void Columns_of_a_view_made_anew_are_its_own()
    {
        var (kept, view) = (SmallFlow.Fitted.Transform(Data()).Schema, SmallFlow.Fitted.Transform(Data()));
        using var cursor = view.GetRowCursor(kept);
        Assert.IsTrue(cursor.IsColumnActive(kept["Score"]));
        Assert.IsTrue(cursor.MoveNext());
        var score = float.NaN;
        cursor.GetGetter<float>(kept["Score"])(ref score);
        Assert.IsTrue(float.IsFinite(score));
    }

    private static void RowRefuses(DataViewRow row, DataViewSchema.Column column)
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => row.IsColumnActive(column));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => row.GetGetter<VBuffer<float>>(column));
    }

    private IDataView Data() => Tables.Vectors([.. Tables.Records(20).Select(record => record.Features)]);

    private IDataView[] Views() =>
    [
        SmallFlow.Fitted.Transform(Data()), Data(), SmallFlow.Fitted.Decode(Tables.Vectors([[0, 1, 2]], "Latent")), SmallFlow.Fitted.Sample(3, seed: 1),
    ];

    /// <summary>One behind all columns; one in the place of another with its own name; one with another type.</summary>
    private static DataViewSchema.Column[] Foreign()
    {
        var (longer, renamed, retyped) = (new DataViewSchema.Builder(), new DataViewSchema.Builder(), new DataViewSchema.Builder());
        for (var i = 0; i < 20; i++)
        {
            longer.AddColumn($"c{i}", NumberDataViewType.Single);
        }

        renamed.AddColumn("Other", new VectorDataViewType(NumberDataViewType.Single, 3));
        retyped.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, 4));
        return [longer.ToSchema()[19], renamed.ToSchema()[0], retyped.ToSchema()[0]];
    }
}
