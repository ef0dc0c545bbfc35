using MAFlow.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Tests;

/// <summary>Model files of ML.NET that version 0.1 wrote load, and score as they did there.</summary>
[TestClass]
public sealed class OldModelsTests
{
    private const double Tolerance = 1e-5;
    private const double ContributionTolerance = 1e-4;
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [DataRow("digits-model.zip")]
    [DataRow("anomaly-model.zip")]
    public void A_model_scores_as_it_did(string file)
    {
        var old = OldFiles.Model(file);
        using var model = Load(file, out var schema);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, old.Rows[0].Length), schema[old.Input].Type);

        var scored = model.Transform(View(old.Input, old.Rows));
        CollectionAssert.AreEqual(old.Columns, scored.Schema.Select(column => column.Name).Where(name => name != old.Input).ToArray());
        Near(old.LogLikelihood, Scalars(scored, "LogLikelihood"), Tolerance, "log-likelihoods");
        Near(old.Score, Scalars(scored, "Score"), Tolerance, "scores");
        Near([old.Threshold], [model.Threshold], Tolerance, "threshold");
        CollectionAssert.AreEqual(old.PredictedLabel, scored.GetColumn<bool>("PredictedLabel").ToArray());
        if (old.PValue is not null)
        {
            Near(old.PValue, Scalars(scored, "PValue"), Tolerance, "p-values");
        }

        if (old.Contributions is not null)
        {
            Near(Flat(old.Contributions), Flat(Vectors(scored, "Contributions")), ContributionTolerance, "contributions");
        }
    }

    [TestMethod]
    [DataRow("digits-model.zip")]
    [DataRow("anomaly-model.zip")]
    public void The_density_inside_a_model_encodes_and_decodes_as_it_did(string file)
    {
        using var scope = NewDisposeScope();
        var old = OldFiles.Model(file);
        using var model = Load(file, out _);
        Assert.AreEqual(old.Depth, model.Model.Flow.Options.Depth);
        Assert.AreEqual(old.Parameters, model.Model.Flow.ParameterCount);
        CollectionAssert.AreEqual(old.Preprocessing, model.Model.Preprocessing.Bijections.Select(bijection => bijection.Kind).ToArray());

        // A model for anomalies adds no column of latent codes; its density has them all the same.
        var hasCodes = old.Columns.Contains("Latent");
        var latent = hasCodes
            ? Flat(Vectors(model.Transform(View(old.Input, old.Rows)), "Latent"))
            : Numbers(model.Model.Encode(Tensor(old.Rows)).Z);
        Near(Flat(old.Latent), latent, Tolerance, "latent codes");
        var decoded = hasCodes
            ? Flat(Vectors(model.Decode(View("Latent", old.Codes)), old.Input))
            : Numbers(model.Model.Decode(Tensor(old.Codes)));
        Near(Flat(old.Decoded), decoded, Tolerance, "decoded rows");
    }

    private MongeAmpereFlowTransformer Load(string file, out DataViewSchema schema) =>
        (MongeAmpereFlowTransformer)_context.Model.Load(OldFiles.PathOf(file), out schema);

    private IDataView View(string column, double[][] rows)
    {
        var schema = SchemaDefinition.Create(typeof(VectorRow));
        var values = schema[nameof(VectorRow.Values)];
        (values.ColumnName, values.ColumnType) = (column, new VectorDataViewType(NumberDataViewType.Single, rows[0].Length));
        var vectors = rows.Select(row => new VectorRow { Values = [.. row.Select(value => (float)value)] });
        return _context.Data.LoadFromEnumerable(vectors, schema);
    }

    private static double[] Scalars(IDataView view, string column) => [.. view.GetColumn<float>(column).Select(value => (double)value)];

    private static double[][] Vectors(IDataView view, string column) =>
        [.. view.GetColumn<VBuffer<float>>(column).Select(vector => vector.DenseValues().Select(value => (double)value).ToArray())];

    private static double[] Flat(double[][] rows) => [.. rows.SelectMany(row => row)];

    private static double[] Numbers(Tensor matrix) => matrix.to(float64).contiguous().data<double>().ToArray();

    private static Tensor Tensor(double[][] rows) => tensor(Flat(rows), [rows.Length, rows[0].Length], dtype: float64);

    private static void Near(double[] expected, double[] actual, double tolerance, string what) =>
        Assert.IsLessThan(tolerance, OldFiles.Difference(expected, actual), what);

    private sealed class VectorRow
    {
        public float[] Values { get; set; } = [];
    }
}
