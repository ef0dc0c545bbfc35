using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>ONNX Runtime gives the scorer's numbers for what the scorer exports.</summary>
[TestClass]
public sealed class OnnxConformanceTests
{
    private const int Rows = 10_000;
    private const double Tolerance = 1e-5;
    private static readonly ScalarType[] _types = [ScalarType.Float32, ScalarType.Float64];

    private static IEnumerable<object[]> Tables => Table.All.Select(table => new object[] { table.Name });

    private static IEnumerable<object[]> Families => from name in Potentials.Names from type in _types select new object[] { name, type };

    [TestMethod]
    [DynamicData(nameof(Tables))]
    public void EveryBijectionWithMissingValuesAndOutliers(string table)
    {
        using var model = Scorers.Model(table, Potentials.Create("softplus, wide", ScalarType.Float32));
        using var data = Table.Named(table).Data(7, Rows);
        Agree(Scorers.Of(model), Spoilt(data));
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void EveryPotential(string name, ScalarType type)
    {
        using var model = Scorers.Model("affine", Potentials.Create(name, type));
        using var data = Draw.Correlated(7, 300);
        Agree(Scorers.Of(model), Spoilt(data));
    }

    [TestMethod]
    public void EveryMethod()
    {
        ButcherTableau[] tableaus =
        [
            ButcherTableau.Heun, ButcherTableau.DormandPrince5, new("mine", 1, [[]], [1]), new("idle", 1, [[], [0], [0, 0.5]], [0.25, 0, 0.75]),
        ];
        using var data = Draw.Correlated(7, 300);
        foreach (var tableau in tableaus)
        {
            var options = new MongeAmpereFlowOptions { Horizon = 1, Depth = 7, Integrator = new ExplicitRungeKutta(tableau) };
            using var model = Scorers.Model("affine", Potentials.Create("piecewise", ScalarType.Float32), options);
            Agree(Scorers.Of(model), Spoilt(data));
        }
    }

    [TestMethod]
    [DataRow(7)]
    [DataRow(4, 4)]
    [DataRow(3, 6)]
    [DataRow(4, 2, 3)]
    public void MapsOnATorus(params int[] extents)
    {
        var energy = new IsingEnergy(new Lattice(Boundary.Periodic, extents), 2.5);
        var sites = extents.Aggregate((product, extent) => product * extent);
        var potential = Potentials.Ridge(Activation.Softplus, 9, ScalarType.Float32, strength: 0.3 / sites, dimension: sites);
        using var model = new DensityModel(
            new BijectionChain(), new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 3 }, CirculantGaussianMap.For(energy, ScalarType.Float32)));
        using var data = Draw.Normal(7, 100, sites);
        Agree(Scorers.Of(model), Spoilt(data));
    }

    [TestMethod]
    public void FewerRowsThanFeatures()
    {
        using var data = Draw.Normal(1, 12, 40);
        using var generator = new Generator(1);
        var chain = BijectionChain.Fit([new Smoothing(), new AffineGaussianization(0.1)], data, generator);
        var potential = Potentials.Ridge(Activation.Softplus, 16, ScalarType.Float32, strength: 1.0 / 160, dimension: 40);
        using var model = new DensityModel(chain, new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 6 }));
        using var rows = Draw.Normal(7, 55, 40);
        Agree(Scorers.Of(model), Spoilt(rows));
    }

    [TestMethod]
    public void AnotherDepthIsExportedAsItIs()
    {
        using var model = Scorers.Model("affine", Potentials.Create("piecewise", ScalarType.Float32));
        using var data = Draw.Correlated(3, 50);
        Agree(Scorers.Of(model).At(13), Spoilt(data));
        var error = Assert.ThrowsExactly<NotSupportedException>(() => Scorers.Of(model).At(5000).SaveOnnx(Stream.Null));
        StringAssert.Contains(error.Message, "4096");
    }

    [TestMethod]
    public void AFileOfBeforeSurvivesAnExportThatIsRefused()
    {
        using var model = Scorers.Model("affine", Potentials.Create("piecewise", ScalarType.Float32));
        var folder = Directory.CreateTempSubdirectory("maflow-");
        try
        {
            var path = Path.Combine(folder.FullName, "flow.onnx");
            Scorers.Of(model).SaveOnnx(path);
            var before = File.ReadAllBytes(path);
            Assert.ThrowsExactly<NotSupportedException>(() => Scorers.Of(model).At(5000).SaveOnnx(path));
            CollectionAssert.AreEqual(before, File.ReadAllBytes(path));
            using var stream = new MemoryStream();
            Scorers.Of(model).SaveOnnx(stream);
            CollectionAssert.AreEqual(stream.ToArray(), before);
            Assert.HasCount(1, folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The last byte of the file is the version of its operators.</summary>
    [TestMethod]
    [DataRow("mixtures", 12)]
    [DataRow("image by histograms", 18)]
    public void OldRuntimesReadAllButNoise(string table, int version)
    {
        using var model = Scorers.Model(table, Potentials.Create("piecewise", ScalarType.Float32));
        using var stream = new MemoryStream();
        Scorers.Of(model).SaveOnnx(stream);
        Assert.AreEqual(version, stream.ToArray()[^1]);
    }

    private static float[] Spoilt(Tensor data)
    {
        float[] rows = [.. Scorers.Numbers(data).Select(value => (float)value)];
        float[] unusual = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e6f, -1e6f, 1e30f, float.MaxValue, 0, 1, -0.01f];
        for (var i = 0; i < unusual.Length; i++)
        {
            rows[(i * 13) % rows.Length] = unusual[i];
        }

        rows[^1] = float.NaN;
        rows[^2] = float.PositiveInfinity;
        return rows;
    }

    private static void Agree(DensityScorer scorer, float[] rows)
    {
        var (z, logProb) = (new float[rows.Length], new float[rows.Length / scorer.Dimension]);
        scorer.Encode(rows, z, logProb);
        var run = OnnxRun.Of(scorer, rows);
        Close(logProb, run.LogProb, "ln p");
        Close([.. logProb.Select(value => -value)], run.Score, "scores");
        Close(z, run.Latent, "latent codes");
    }

    /// <summary>Relative to the number, or to 1 where it is smaller; what is no number is the same.</summary>
    private static void Close(float[] expected, float[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            if (float.IsFinite(expected[i]))
            {
                Near.IsAtMost(Tolerance, Math.Abs(expected[i] - actual[i]) / Math.Max(1, Math.Abs(expected[i])), $"{what} {i}: {expected[i]}, {actual[i]}");
            }
            else
            {
                Assert.AreEqual(expected[i], actual[i], $"{what} {i}");
            }
        }
    }
}
