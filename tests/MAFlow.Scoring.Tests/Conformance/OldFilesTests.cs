using System.IO.Compression;

namespace MAFlow.Scoring.Tests;

/// <summary>Files that version 0.1 wrote load, and score as they did there; what is not scored here is named.</summary>
[TestClass]
public sealed class OldFilesTests
{
    private const double Tolerance = 1e-5;

    [TestMethod]
    [DataRow("ridge-float64.safetensors")]
    [DataRow("ridge-short.safetensors")]
    [DataRow("piecewise-ridge.safetensors")]
    public void AModelScoresAsItDid(string file)
    {
        var (old, scorer) = (OldFiles.Flow(file), DensityScorer.Load(OldFiles.PathOf(file)));
        var rows = Flat(old.Rows!);
        var (z, logProb) = (new double[rows.Length], new double[old.Rows!.Length]);
        scorer.Encode(rows, z, logProb);
        Near.IsBelow(Tolerance, OldFiles.Difference(old.LogLikelihoods, logProb), "log-likelihoods");
        Near.IsBelow(Tolerance, OldFiles.Difference(Flat(old.Latent!), z), "latent codes");
        Near.IsBelow(Tolerance, OldFiles.Difference(Flat(old.Decoded!), scorer.Decode(Flat(old.Codes!))), "decoded points");
    }

    [TestMethod]
    public void TheTrainedWeightsOfTheExampleScoreAsTheyDid()
    {
        var (old, scorer) = (OldFiles.Flow("mnist.safetensors"), DensityScorer.Load(OldFiles.PathOf("mnist.safetensors")));
        var images = Flat(OldFiles.Images(old.LogLikelihoods.Length, scorer.Dimension));
        Near.IsBelow(Tolerance, OldFiles.Difference(old.LogLikelihoods, scorer.LogProb(images)), "log-likelihoods");
    }

    [TestMethod]
    [DataRow("anomaly-model.zip")]
    [DataRow("digits-model.zip")]
    public void TheModelInsideOfAnMlNetFileScoresAsItDid(string file)
    {
        var old = OldFiles.Model(file);
        using var archive = ZipFile.OpenRead(OldFiles.PathOf(file));
        var entry = archive.Entries.Single(entry => entry.FullName.EndsWith("Model.safetensors", StringComparison.Ordinal));
        using var stream = entry.Open();
        var scorer = DensityScorer.Load(stream, entry.Length).At(old.Depth);
        float[] rows = [.. Flat(old.Rows).Select(value => (float)value)];
        var isWhole = Enumerable.Range(0, old.Rows.Length).Where(row => old.Rows[row].All(double.IsFinite)).ToList();
        var logProb = scorer.LogProb(rows);
        Near.IsBelow(Tolerance, OldFiles.Difference(isWhole.Select(row => old.LogLikelihood[row]), isWhole.Select(row => (double)logProb[row])), "log-likelihoods");
    }

    [TestMethod]
    [DataRow("mlp.safetensors", "mlp")]
    [DataRow("ising-flow.safetensors", "lattice-ridge")]
    [DataRow("deep-sets.safetensors", "deep-sets")]
    [DataRow("symmetrized.safetensors", "symmetrized")]
    public void WhatIsNotScoredHereIsNamed(string file, string kind)
    {
        var error = Assert.ThrowsExactly<NotSupportedException>(() => DensityScorer.Load(OldFiles.PathOf(file)));
        Assert.Contains($"'{kind}'", error.Message);
        Assert.Contains("MAFlow.Torch", error.Message);
        Assert.IsFalse(DensityScorer.TryLoad(OldFiles.PathOf(file), out var scorer, out var reason));
        Assert.IsNull(scorer);
        Assert.AreEqual(error.Message, reason);
    }

    [TestMethod]
    public void WhatIsScoredHereIsLoadedByTryLoad()
    {
        Assert.IsTrue(DensityScorer.TryLoad(OldFiles.PathOf("ridge-float64.safetensors"), out var scorer, out var reason));
        Assert.IsNotNull(scorer);
        Assert.IsNull(reason);
    }

    private static double[] Flat(double[][] rows) => [.. rows.SelectMany(row => row)];
}
