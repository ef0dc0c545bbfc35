using MAFlow.Tests;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Files that version 0.1 wrote load, and score as they did there.</summary>
[TestClass]
public sealed class OldFilesTests
{
    private const double Tolerance = 1e-5;

    [TestMethod]
    [DataRow("ridge-float64.safetensors")]
    [DataRow("ridge-short.safetensors")]
    [DataRow("mlp.safetensors")]
    [DataRow("deep-sets.safetensors")]
    [DataRow("symmetrized.safetensors")]
    [DataRow("piecewise-ridge.safetensors")]
    [DataRow("hutchinson.safetensors")]
    public void ADensityModelScoresAsItDid(string file)
    {
        using var scope = NewDisposeScope();
        var old = OldFiles.Flow(file);
        using var model = DensityModel.Load(OldFiles.PathOf(file));
        AssertSame(old, model);

        var encoded = model.Encode(Rows(old.Rows!));
        AssertNear(old.LogLikelihoods, encoded.LogProb, "log-likelihoods with latent codes");
        AssertNear(old.LogLikelihoods, model.LogProb(Rows(old.Rows!)), "log-likelihoods");
        AssertNear(old.Latent!, encoded.Z, "latent codes");
        AssertNear(old.Decoded!, model.Decode(Rows(old.Codes!)), "decoded points");
    }

    [TestMethod]
    [DataRow("ising-flow.safetensors")]
    public void AFlowWithoutPreprocessingScoresAsItDid(string file)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var old = OldFiles.Flow(file);
        using var flow = MongeAmpereFlow.Load(OldFiles.PathOf(file));
        var encoded = flow.Encode(Rows(old.Rows!));
        AssertNear(old.LogLikelihoods, encoded.LogProb, "log-likelihoods with latent codes");
        AssertNear(old.LogLikelihoods, flow.LogProb(Rows(old.Rows!)), "log-likelihoods");
        AssertNear(old.Latent!, encoded.Z, "latent codes");
        var decoded = flow.Decode(Rows(old.Codes!));
        AssertNear(old.Decoded!, decoded.X, "decoded points");
        AssertNear(old.DecodedLogLikelihoods!, decoded.LogProb, "log-likelihoods of decoded points");

        // The same file as a density model.
        using var model = DensityModel.Load(OldFiles.PathOf(file));
        AssertSame(old, model);
        AssertNear(old.LogLikelihoods, model.LogProb(Rows(old.Rows!)), "log-likelihoods of the density model");
    }

    [TestMethod]
    [DataRow("mnist.safetensors")]
    public void TheTrainedWeightsOfTheExampleScoreAsTheyDid(string file)
    {
        using var scope = NewDisposeScope();
        var old = OldFiles.Flow(file);
        using var model = DensityModel.Load(OldFiles.PathOf(file));
        AssertSame(old, model);
        var images = Rows(OldFiles.Images(old.LogLikelihoods.Length, (int)model.Dimension));
        AssertNear(old.LogLikelihoods, model.LogProb(images), "log-likelihoods");
    }

    private static void AssertSame(OldFlow old, DensityModel model)
    {
        var options = model.Flow.Options;
        Assert.AreEqual(old.Horizon, options.Horizon);
        Assert.AreEqual(old.Depth, options.Depth);
        Assert.AreEqual(old.Tableau, ((ExplicitRungeKutta)options.Integrator).Tableau.Name);
        Assert.AreEqual(old.HutchinsonProbes, options.Laplacian is HutchinsonLaplacian hutchinson ? hutchinson.Probes : 0);
        Assert.AreEqual(old.DataType, model.DataType.ToString());
        Assert.AreEqual(old.Parameters, model.Flow.ParameterCount);
        CollectionAssert.AreEqual(old.Preprocessing, model.Preprocessing.Bijections.Select(bijection => bijection.Kind).ToArray());
    }

    private static void AssertNear(double[][] expected, Tensor actual, string what)
    {
        CollectionAssert.AreEqual(new long[] { expected.Length, expected[0].Length }, actual.shape, what);
        AssertNear([.. expected.SelectMany(row => row)], actual, what);
    }

    private static void AssertNear(double[] expected, Tensor actual, string what)
    {
        var numbers = actual.to(float64).contiguous().data<double>().ToArray();
        Near.IsBelow(Tolerance, OldFiles.Difference(expected, numbers), what);
    }

    private static Tensor Rows(double[][] rows) =>
        tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length], dtype: float64);
}
