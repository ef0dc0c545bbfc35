using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>What ONNX cannot express is refused by name, and never becomes a model in which a flow's columns are inputs.</summary>
[TestClass]
public sealed class OnnxRefusalTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void An_older_version_of_the_operators()
    {
        using var stream = new MemoryStream();
        var error = Assert.Throws<Exception>(() => _context.Model.ConvertToOnnx(SmallFlow.Fitted, Data(), 11, stream));
        StringAssert.Contains(error.Message, "MongeAmpereFlow");
        Assert.AreEqual(0L, stream.Length);
    }

    [TestMethod]
    public void A_family_that_tensors_alone_can_score() =>
        Refused(context => new MlpPotential(context.Dimension, [8], Activation.Softplus, context.Generator), "'mlp'");

    [TestMethod]
    public void A_family_of_the_users_own() =>
        Refused(context => new CoshPotential(context.Dimension), "'cosh of the tests'");

    [TestMethod]
    public void Noise_of_quantised_data()
    {
        var options = SmallFlow.Options();
        options.Preprocessing = [new UniformDequantization(4), new AffineGaussianization()];
        var data = Tables.Vectors([.. Enumerable.Range(0, 200).Select(row => new float[] { row % 4, row / 4 % 4, row / 16 % 4 })]);
        using var model = SmallFlow.Fit(options, _context, data);
        Refused(model, data, "uniform-dequantization");
    }

    [TestMethod]
    public void Contributions()
    {
        var options = new MongeAmpereFlowTrainer.Options { MaxEpochs = 1, HiddenUnits = 8, Seed = 1, ContributionsColumnName = "Reasons" };
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Data());
        Refused(model, Data(), "'Reasons'");
    }

    [TestMethod]
    public void Decoded_rows()
    {
        var decoded = SmallFlow.Fitted.Decode(Tables.Vectors([[0, 1, 2], [1, 2, 3]], "Latent"));
        var normalise = _context.Transforms.NormalizeMinMax("Features").Fit(decoded);
        Refused(normalise, decoded, "Decoded rows");
        using var stream = new MemoryStream();
        _context.Model.ConvertToOnnx(normalise, _context.Data.Cache(decoded), stream);
        Assert.IsGreaterThan(0L, stream.Length);
    }

    private void Refused(Func<PotentialContext, Potential> potential, string part)
    {
        var options = SmallFlow.Options();
        options.Potential = potential;
        using var model = SmallFlow.Fit(options, _context, Data());
        Refused(model, Data(), part);
    }

    private void Refused(ITransformer model, IDataView data, string part)
    {
        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<NotSupportedException>(() => _context.Model.ConvertToOnnx(model, data, stream));
        StringAssert.Contains(error.Message, part);
        Assert.AreEqual(0L, stream.Length);
    }

    private static IDataView Data() => Tables.Vectors([.. Tables.Records(200).Select(record => record.Features)]);
}
