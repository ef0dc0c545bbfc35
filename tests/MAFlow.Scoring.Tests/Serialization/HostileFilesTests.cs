using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using MAFlow.Scoring.Models;
using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>Files from strangers: each is refused with a FormatException or a NotSupportedException, or is a model, quickly and in little
/// memory.</summary>
[TestClass]
public sealed class HostileFilesTests
{
    private static readonly Dictionary<string, Func<DensityModel>> _models = new()
    {
        ["image by logit"] = () => Scorers.Model("image by logit", Potentials.Create("softplus, narrow", ScalarType.Float32)),
        ["image by histograms"] = () => Scorers.Model("image by histograms", Potentials.Create("ln cosh, narrow", ScalarType.Float64)),
        ["anomalies, piecewise of piecewise"] = () => Scorers.Model("anomalies", Potentials.Create("piecewise of piecewise", ScalarType.Float32)),
        ["mixtures of whole numbers"] = () => Scorers.Model("mixtures of whole numbers", Potentials.Create("softplus, narrow", ScalarType.Float32)),
        ["fewer rows than features"] = () =>
        {
            using var data = Draw.Normal(1, 6, 12);
            using var generator = new Generator(1);
            return new(
                BijectionChain.Fit([new AffineGaussianization(0.1)], data, generator),
                new(Potentials.Ridge(Activation.Softplus, 5, ScalarType.Float32, strength: 0.02, dimension: 12), new() { Horizon = 1, Depth = 2 }));
        },
        ["a torus"] = () => new(
            new BijectionChain(),
            new MongeAmpereFlow(
                Potentials.Ridge(Activation.Softplus, 5, ScalarType.Float32, strength: 0.02, dimension: 12),
                new() { Horizon = 1, Depth = 2 },
                CirculantGaussianMap.For(new IsingEnergy(new Lattice(Boundary.Periodic, 4, 3), 2.5)))),
        ["a user's method, chains at either end"] = () => new(
            Table.Named("standardization").Fit(Table.Named("tails").Fit()),
            new MongeAmpereFlow(
                Potentials.Create("softplus, narrow", ScalarType.Float32),
                new() { Horizon = 1, Depth = 2, Integrator = new ExplicitRungeKutta(new ButcherTableau("mine", 2, [[], [0.5]], [0, 1])) },
                Table.Named("affine").Fit())),
    };

    private static IEnumerable<object[]> Names => _models.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TenThousandDamagedFilesAreRefusedOrAreModels(string name) => Damage(name, 10_000, seed: 2);

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    [DynamicData(nameof(Names))]
    public void AHundredThousandDamagedFilesAreRefusedOrAreModels(string name) => Damage(name, 100_000, seed: 3);

    [TestMethod]
    [DataRow("format")]
    [DataRow("format_version")]
    [DataRow("model")]
    public void AMetadatumOfNullIsRefused(string name) => Assert.ThrowsExactly<FormatException>(() => Scorers.Load(Changed(metadata => metadata[name] = null)));

    [TestMethod]
    public void EveryTruncationIsRefused()
    {
        using var model = _models["image by logit"]();
        var intact = Scorers.Bytes(model);
        for (var length = 0; length < intact.Length; length += 7)
        {
            var cut = intact[..length];
            Assert.ThrowsExactly<FormatException>(() => Scorers.Load(cut));
            // A length that lies.
            Assert.ThrowsExactly<FormatException>(() => DensityScorer.Load(new MemoryStream(cut), intact.Length));
            Assert.ThrowsExactly<FormatException>(() => DensityScorer.Load(new MemoryStream(intact), length));
        }
    }

    [TestMethod]
    public void NumbersThatAreNotThereTakeNoMemory()
    {
        const long Count = 200_000_000;
        var header = Encoding.UTF8.GetBytes($$$"""{"a":{"dtype":"F64","shape":[{{{Count}}}],"data_offsets":[0,{{{8 * Count}}}]}}""");
        var bytes = new byte[8 + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsExactly<FormatException>(() => DensityScorer.Load(new MemoryStream(bytes), bytes.Length + (8 * Count)));
        Near.IsBelow(1L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void AnotherVersionIsRefused() => Assert.Contains("version", Assert.ThrowsExactly<FormatException>(
        () => Scorers.Load(Changed(metadata => metadata["format_version"] = "2"))).Message);

    [TestMethod]
    public void AnotherFormatIsRefused() => Assert.ThrowsExactly<FormatException>(() => Scorers.Load(Changed(metadata => metadata["format"] = "maflow-conditional")));

    [TestMethod]
    [DataRow("\"rk4\"", "\"implicit\"")]
    [DataRow("\"softplus\"", "\"relu\"")]
    [DataRow("\"horizon\":1", "\"horizon\":2000000")]
    [DataRow("\"horizon\":1", "\"horizon\":-1")]
    [DataRow("\"depth\":6", "\"depth\":0")]
    [DataRow("\"dimension\":3", "\"dimension\":4")]
    [DataRow("\"levels\":17", "\"levels\":1")]
    [DataRow("\"lambda\":1E-06", "\"lambda\":0.5")]
    public void OptionsOutOfRangeAreRefused(string option, string replacement) =>
        Assert.ThrowsExactly<FormatException>(() => Scorers.Load(WithModel(text => text.Replace(option, replacement, StringComparison.Ordinal))));

    [TestMethod]
    [DataRow("\"kind\":\"ridge\"", "\"kind\":\"mine\"", "mine")]
    [DataRow("\"kind\":\"logit\"", "\"kind\":\"arcsinh\"", "arcsinh")]
    [DataRow("\"tableau\":\"rk4\"", "\"integrator\":\"implicit-midpoint\",\"integratorOptions\":{}", "implicit-midpoint")]
    public void UnknownKindsAreNamed(string kind, string replacement, string named) => Assert.Contains(
        $"'{named}'", Assert.ThrowsExactly<NotSupportedException>(() => Scorers.Load(WithModel(text => text.Replace(kind, replacement, StringComparison.Ordinal)))).Message);

    [TestMethod]
    [DataRow("vectors")]
    [DataRow("a hidden layer alone")]
    public void TenThousandDamagedFilesOfConditionalDensitiesAreRefusedOrAreModels(string name)
    {
        using var model = ConditionalModels.Named(name).Fit(ScalarType.Float32);
        Damage(ConditionalModels.Bytes(model), 10_000, seed: 4, isConditional: true);
    }

    private static void Damage(string name, int count, int seed)
    {
        using var model = _models[name]();
        Damage(Scorers.Bytes(model), count, seed, isConditional: false);
    }

    private static void Damage(byte[] intact, int count, int seed, bool isConditional)
    {
        var random = new Random(seed);
        var (refused, slowest) = (0, TimeSpan.Zero);
        for (var i = 0; i < count; i++)
        {
            var bytes = HostileFiles.Damage(intact, random);
            var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            try
            {
                // A changed depth is a valid option; scoring with a given one keeps the test short.
                var scorer = RowScorer.Load(new MemoryStream(bytes), bytes.Length, isConditional).At(1);
                var (rows, contexts) = (Enumerable.Repeat(0.5, 2 * scorer.Dimension).ToArray(), Enumerable.Repeat(0.5, 2 * scorer.ContextDimension).ToArray());
                var logProb = new double[2];
                scorer.Encode<double>(rows, contexts, [], logProb);
                Assert.IsFalse(logProb.Any(double.IsNaN), $"A finite row, damage {i} of seed {seed}.");
                scorer.ScoreGradient<double>(rows, contexts, new double[rows.Length]);
                scorer.Decode<double>(rows, contexts, new double[rows.Length]);
            }
            catch (Exception error) when (error is FormatException or NotSupportedException)
            {
                refused++;
            }
            catch (Exception error) when (error is not UnitTestAssertException)
            {
                Assert.Fail($"Damage {i} of seed {seed}: {error}");
            }

            Near.IsBelow(16L << 20, GC.GetAllocatedBytesForCurrentThread() - before, $"Bytes allocated for damage {i} of seed {seed}.");
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }

        Assert.IsGreaterThan(count / 2, refused, "Damage was noticed.");
        Console.WriteLine($"{refused} of {count} refused, slowest {slowest.TotalMilliseconds:F0} ms");
        Near.IsBelow(5, slowest.TotalSeconds, "Seconds for the slowest file.");
    }

    private static byte[] WithModel(Func<string, string> change) => Changed(metadata =>
    {
        var before = JsonNode.Parse(metadata["model"]!.GetValue<string>())!.ToJsonString();
        var after = change(before);
        Assert.AreNotEqual(before, after, "The option is there.");
        metadata["model"] = after;
    });

    private static byte[] Changed(Action<JsonObject> change)
    {
        using var model = _models["image by logit"]();
        var intact = Scorers.Bytes(model);
        var begin = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(intact);
        var root = JsonNode.Parse(intact.AsSpan(8, begin - 8))!;
        change(root["__metadata__"]!.AsObject());
        var header = Encoding.UTF8.GetBytes(root.ToJsonString());
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. intact.AsSpan(begin)];
    }
}
