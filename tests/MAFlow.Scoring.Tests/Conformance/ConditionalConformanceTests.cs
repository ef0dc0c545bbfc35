using MAFlow.Scoring.Models;
using MAFlow.Scoring.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>Both libraries, and ONNX Runtime, give the same numbers for one conditional density.</summary>
[TestClass]
public sealed class ConditionalConformanceTests
{
    private static IEnumerable<object[]> Models =>
        from model in ConditionalModels.All from type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64] select new object[] { model.Name, type };

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void CodesLikelihoodsAndDecodedRows(string name, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var family = ConditionalModels.Named(name);
        using var model = family.Fit(type);
        var scorer = ConditionalModels.Load(ConditionalModels.Bytes(model));
        Assert.AreEqual((model.Dimension, model.ContextDimension, model.Depth), (scorer.Dimension, scorer.ContextDimension, scorer.Depth));
        var tolerance = type == ScalarType.Float64 ? 1e-10 : 1e-5;
        var (data, context) = family.Data(7, 50);
        foreach (var depth in (int[])[model.Depth, 1, 9])
        {
            var (rows, contexts) = (Scorers.Numbers(data), Scorers.Numbers(context));
            var (z, logProb) = (new double[rows.Length], new double[50]);
            scorer.At(depth).Encode(rows, contexts, z, logProb);
            var encoded = model.At(depth).Encode(data, context);
            Close(Scorers.Numbers(encoded.LogProb), logProb, tolerance, "ln p");
            Close(Scorers.Numbers(encoded.Z), z, tolerance, "latent codes");
            scorer.At(depth).LogProb(rows, contexts, logProb);
            Close(Scorers.Numbers(encoded.LogProb), logProb, tolerance, "ln p alone");
            var codes = Draw.Normal(5, 50, family.Dimension);
            scorer.At(depth).Decode(Scorers.Numbers(codes), contexts, rows);
            Close(Scorers.Numbers(model.At(depth).Decode(codes, context)), rows, tolerance, "decoded rows");
        }
    }

    /// <summary>The gradient of -ln p(x | c) by x is what finite differences say.</summary>
    [TestMethod]
    [DataRow("vectors")]
    [DataRow("far tails")]
    public void Gradients(string name)
    {
        using var scope = NewDisposeScope();
        var family = ConditionalModels.Named(name);
        using var model = family.Fit(ScalarType.Float64);
        var bytes = ConditionalModels.Bytes(model);
        var scorer = RowScorer.Load(new MemoryStream(bytes), bytes.Length, isConditional: true);
        var (data, context) = family.Data(7, 20);
        var (rows, contexts, gradient) = (Scorers.Numbers(data), Scorers.Numbers(context), new double[data.numel()]);
        scorer.ScoreGradient<double>(rows, contexts, gradient);
        for (var i = 0; i < rows.Length; i++)
        {
            double Score(double shift)
            {
                var (moved, logProb) = (rows.ToArray(), new double[20]);
                moved[i] += shift;
                scorer.Encode<double>(moved, contexts, [], logProb);
                return -logProb[i / family.Dimension];
            }

            Assert.AreEqual((Score(1e-5) - Score(-1e-5)) / 2e-5, gradient[i], 1e-6 * Math.Max(1, Math.Abs(gradient[i])));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void OnnxRuntime(string name, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var family = ConditionalModels.Named(name);
        using var model = family.Fit(type);
        var scorer = ConditionalModels.Load(ConditionalModels.Bytes(model));
        var (data, context) = family.Data(7, 200);
        float[] rows = [.. Scorers.Numbers(data).Select(value => (float)value)];
        float[] contexts = [.. Scorers.Numbers(context).Select(value => (float)value)];
        (rows[0], rows[5 * family.Dimension], rows[9 * family.Dimension]) = (float.NaN, float.PositiveInfinity, 1e7f);
        (contexts[2 * family.ContextDimension], contexts[3 * family.ContextDimension]) = (float.NaN, float.NegativeInfinity);
        contexts[4 * family.ContextDimension] = 1e30f;
        var (z, logProb) = (new float[rows.Length], new float[200]);
        scorer.Encode(rows, contexts, z, logProb);
        using var stream = new MemoryStream();
        scorer.SaveOnnx(stream);
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(stream.ToArray(), options);
        using var results = session.Run(
        [
            NamedOnnxValue.CreateFromTensor("features", new DenseTensor<float>(rows, [200, family.Dimension])),
            NamedOnnxValue.CreateFromTensor("context", new DenseTensor<float>(contexts, [200, family.ContextDimension])),
        ], ["latent", "log_likelihood", "score"]);
        float[][] numbers = [.. results.Select(result => result.AsTensor<float>().ToArray())];
        SameOrClose(logProb, numbers[1], "ln p");
        SameOrClose([.. logProb.Select(value => -value)], numbers[2], "scores");
        SameOrClose(z, numbers[0], "latent codes");
    }

    [TestMethod]
    public void ARowHasOneResultInAnyBatchOnAnyThreadsAndWithVectorsOfAnyWidth()
    {
        using var scope = NewDisposeScope();
        var family = ConditionalModels.Named("several panels of units and contexts");
        using var model = family.Fit(ScalarType.Float32);
        var bytes = ConditionalModels.Bytes(model);
        RowScorer Of(VectorWidth width) => RowScorer.Load(new MemoryStream(bytes), bytes.Length, isConditional: true, width);
        var (data, context) = family.Data(7, 301);
        var (rows, contexts) = (Scorers.Numbers(data), Scorers.Numbers(context));
        double[] Scored(RowScorer scorer, int batch)
        {
            var result = new double[301];
            for (var row = 0; row < 301; row += batch)
            {
                var count = Math.Min(batch, 301 - row);
                scorer.Encode<double>(
                    rows.AsSpan(row * scorer.Dimension, count * scorer.Dimension), contexts.AsSpan(row * scorer.ContextDimension, count * scorer.ContextDimension),
                    [], result.AsSpan(row, count));
            }

            return result;
        }

        var whole = Scored(Of(VectorWidth.Bits256), 301);
        CollectionAssert.AreEqual(whole, Scored(Of(VectorWidth.Bits512), 301));
        CollectionAssert.AreEqual(whole, Scored(Of(VectorWidth.Bits256), 1));
        CollectionAssert.AreEqual(whole, Scored(Of(VectorWidth.Bits256), 7));
        CollectionAssert.AreEqual(whole, Scored(Of(VectorWidth.Bits256).OnThreads(1), 301));
        CollectionAssert.AreEqual(whole, Scored(Of(VectorWidth.Bits256).OnThreads(5), 301));
    }

    [TestMethod]
    public void MissingContextsAndRowsOfAnotherNumber()
    {
        using var scope = NewDisposeScope();
        using var model = ConditionalModels.Named("vectors").Fit(ScalarType.Float32);
        var scorer = ConditionalModels.Load(ConditionalModels.Bytes(model));
        var (z, logProb) = (new double[9], new double[3]);
        scorer.Encode([0, 1, 2, 0, 1, 2, double.PositiveInfinity, 1, 2], [double.NaN, 1, double.PositiveInfinity, 1, 0, 1], z, logProb);
        Assert.IsTrue(double.IsNaN(logProb[0]) && double.IsNaN(logProb[1]) && z.All(double.IsNaN));
        Assert.AreEqual(double.NegativeInfinity, logProb[2]);
        var rows = new double[3];
        scorer.Decode([0, 0, 0], [double.NaN, 0], rows);
        Assert.IsTrue(rows.All(double.IsNaN));
        var error = Assert.ThrowsExactly<ArgumentException>(() => scorer.LogProb(new double[6], new double[2], new double[2]));
        Assert.Contains("Expected a context of 2 numbers for each of 2 rows, got 2 numbers", error.Message);
        Assert.Contains("finite contexts, got NaN", Assert.ThrowsExactly<ArgumentException>(() => scorer.Sample([1, double.NaN], 1)).Message);
        CollectionAssert.AreEqual(scorer.Sample([1, 2, 3, 4], 5), scorer.Sample([1, 2, 3, 4, 5, 6], 5)[..6]);
    }

    [TestMethod]
    public void EachScorerNamesTheReaderOfTheOthersFiles()
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalModels.Named("vectors").Fit(ScalarType.Float32);
        using var plain = Scorers.Model("affine", Potentials.Create("piecewise", ScalarType.Float32));
        Assert.Contains("ConditionalDensityScorer reads it", Assert.ThrowsExactly<FormatException>(() => Scorers.Load(ConditionalModels.Bytes(conditional))).Message);
        Assert.Contains("DensityScorer reads it", Assert.ThrowsExactly<FormatException>(() => ConditionalModels.Load(Scorers.Bytes(plain))).Message);
    }

    private static void Close(double[] expected, double[] actual, double tolerance, string what) =>
        Near.IsAtMost(tolerance, OldFiles.Difference(expected, actual), what);

    private static void SameOrClose(float[] expected, float[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            if (float.IsFinite(expected[i]))
            {
                Near.IsAtMost(1e-5, Math.Abs(expected[i] - actual[i]) / Math.Max(1, Math.Abs(expected[i])), $"{what} {i}: {expected[i]}, {actual[i]}");
            }
            else
            {
                Assert.AreEqual(expected[i], actual[i], $"{what} {i}");
            }
        }
    }
}
