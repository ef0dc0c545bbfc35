using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>Both libraries give the same numbers for one file: every bijection, potential, method and depth that both know.</summary>
[TestClass]
public sealed class ConformanceTests
{
    private static readonly (string Name, ButcherTableau Tableau)[] _tableaus =
    [
        ("Heun", ButcherTableau.Heun),
        ("classic", ButcherTableau.RungeKutta4),
        ("Dormand-Prince", ButcherTableau.DormandPrince5),
        ("Euler of a user", new("mine", 1, [[]], [1])),
        ("three-eighths of a user", new("three", 4, [[], [1.0 / 3], [-1.0 / 3, 1], [1, -1, 1]], [1.0 / 8, 3.0 / 8, 3.0 / 8, 1.0 / 8])),
        ("with an idle stage", new("idle", 1, [[], [0], [0, 0.5]], [0.25, 0, 0.75])),
    ];

    private static readonly ScalarType[] _types = [ScalarType.Float32, ScalarType.Float64];

    private static IEnumerable<object[]> Tables => from table in Table.All from type in _types select new object[] { table.Name, type };

    private static IEnumerable<object[]> SmoothTables => Tables.Where(row => !Table.Named((string)row[0]).Fits.Any(fit => fit is UniformDequantization));

    private static IEnumerable<object[]> Families => from name in Potentials.Names from type in _types select new object[] { name, type };

    private static IEnumerable<object[]> Methods => from method in _tableaus from type in _types select new object[] { method.Name, type };

    [TestMethod]
    [DynamicData(nameof(Tables))]
    public void BijectionsBeforeTheFlow(string table, ScalarType type) =>
        Agree(new(Table.Named(table).Fit(), Flow(Potentials.Create("softplus, wide", type))), Table.Named(table).Data(7, 50));

    [TestMethod]
    [DynamicData(nameof(SmoothTables))]
    public void BijectionsBehindTheFlow(string table, ScalarType type)
    {
        using var data = Table.Named(table).Data(7, 50);
        Agree(new(new BijectionChain(), Flow(Potentials.Create("softplus, wide", type), final: Table.Named(table).Fit())), data);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void EveryPotential(string name, ScalarType type) =>
        Agree(new(Table.Named("affine").Fit(), Flow(Potentials.Create(name, type))), Draw.Correlated(7, 50));

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void EveryMethodAtEveryDepth(string method, ScalarType type)
    {
        var integrator = new ExplicitRungeKutta(_tableaus.Single(tableau => tableau.Name == method).Tableau);
        foreach (var depth in (int[])[1, 2, 3, 7, 40])
        {
            Agree(new(Table.Named("affine").Fit(), Flow(Potentials.Create("piecewise", type), integrator, depth)), Draw.Correlated(7, 8));
        }
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(16, 16)]
    [DataRow(30, 128)]
    [DataRow(100, 33)]
    public void EverySize(int dimension, int hiddenUnits)
    {
        foreach (var type in _types)
        {
            var potential = Potentials.Ridge(Activation.Softplus, hiddenUnits, type, strength: 1.0 / (dimension * Math.Sqrt(hiddenUnits)), dimension: dimension);
            Agree(new(new BijectionChain(), Flow(potential)), Draw.Normal(7, 55, dimension));
        }
    }

    [TestMethod]
    [DataRow(12, 40)]
    [DataRow(3, 9)]
    [DataRow(90, 100)]
    public void FewerRowsThanFeatures(int rows, int dimension)
    {
        using var data = Draw.Normal(1, rows, dimension);
        using var generator = new Generator(1);
        foreach (var type in _types)
        {
            var chain = BijectionChain.Fit([new Smoothing(), new AffineGaussianization(0.1)], data, generator);
            var potential = Potentials.Ridge(Activation.Softplus, 16, type, strength: 1.0 / (4 * dimension), dimension: dimension);
            Agree(new(chain, Flow(potential)), Draw.Normal(7, 55, dimension));
        }
    }

    [TestMethod]
    [DataRow(7)]
    [DataRow(2)]
    [DataRow(4, 4)]
    [DataRow(5, 5)]
    [DataRow(3, 6)]
    [DataRow(4, 2, 3)]
    [DataRow(3, 2, 3)]
    public void MapsOnATorus(params int[] extents)
    {
        foreach (var type in _types)
        {
            var energy = new IsingEnergy(new Lattice(Boundary.Periodic, extents), 2.5);
            var sites = extents.Aggregate((product, extent) => product * extent);
            var potential = Potentials.Ridge(Activation.Softplus, 9, type, strength: 0.3 / sites, dimension: sites);
            Agree(new(new BijectionChain(), Flow(potential, final: CirculantGaussianMap.For(energy, type))), Draw.Normal(7, 20, sites));
            potential = Potentials.Ridge(Activation.Softplus, 9, type, strength: 0.3 / sites, dimension: sites);
            Agree(new(new BijectionChain([CirculantGaussianMap.For(energy, ScalarType.Float64)]), Flow(potential)), Draw.Normal(8, 20, sites));
        }
    }

    [TestMethod]
    public void ChainsInChains()
    {
        var chain = new BijectionChain(Table.Named("standardization").Fit(), Table.Named("nothing").Fit());
        Agree(new(chain, Flow(Potentials.Create("softplus, narrow", ScalarType.Float64))), Draw.Correlated(7, 20));
    }

    [TestMethod]
    public void AnotherDepthIsThatOfTheOtherLibrary()
    {
        using var model = Scorers.Model("affine", Potentials.Create("piecewise", ScalarType.Float64));
        using var rows = Draw.Correlated(3, 9);
        var scorer = Scorers.Of(model);
        foreach (var depth in (int[])[1, 3, 4, 10])
        {
            using var expected = model.At(depth).LogProb(rows);
            Assert.AreEqual(model.At(depth).Flow.Depth, scorer.At(depth).Depth);
            Close(Scorers.Numbers(expected), scorer.At(depth).LogProb(Scorers.Numbers(rows)), 1e-10, $"depth {depth}");
        }
    }

    [TestMethod]
    public void NumbersInBFloat16ComputeInFloat32()
    {
        using var model = Scorers.Model("affine", Potentials.Create("piecewise", ScalarType.Float32));
        var path = Path.GetTempFileName();
        model.Save(path, isShort: true);
        using var reread = DensityModel.Load(path);
        using var rows = Draw.Correlated(3, 30);
        using var expected = reread.LogProb(rows);
        Close(Scorers.Numbers(expected), DensityScorer.Load(path).LogProb(Scorers.Numbers(rows)), 1e-5, "bfloat16");
        File.Delete(path);
    }

    private static MongeAmpereFlow Flow(Potential potential, Integrator? integrator = null, int depth = 6, Bijection? final = null) =>
        new(potential, new() { Horizon = 1, Depth = depth, Integrator = integrator ?? new ExplicitRungeKutta(ButcherTableau.RungeKutta4) }, final);

    private static void Agree(DensityModel model, Tensor data)
    {
        using var scope = NewDisposeScope();
        using var _ = model;
        var scorer = Scorers.Of(model);
        Assert.AreEqual(model.Dimension, scorer.Dimension);
        Assert.AreEqual(model.Flow.Depth, scorer.Depth);
        var isWide = model.Flow.Decode(zeros(1, model.Dimension, dtype: float64)).X.dtype == ScalarType.Float64;
        var tolerance = isWide ? 1e-10 : 1e-5;
        var rows = Scorers.Numbers(data);
        var (encoded, z, logProb) = (model.Encode(data), new double[rows.Length], new double[rows.Length / scorer.Dimension]);
        scorer.Encode(rows, z, logProb);
        Close(Scorers.Numbers(encoded.LogProb), logProb, tolerance, "ln p");
        Close(Scorers.Numbers(encoded.Z), z, tolerance, "latent codes");
        CollectionAssert.AreEqual(logProb, scorer.LogProb(rows), "ln p with and without latent codes");
        Close(Scorers.Numbers(model.ScoreGradient(data)), scorer.ScoreGradient(rows), isWide ? 1e-9 : 1e-4, "gradients");
        var codes = Draw.Normal(5, 40, model.Dimension);
        Close(Scorers.Numbers(model.Decode(codes)), scorer.Decode(Scorers.Numbers(codes)), tolerance, "decoded rows");
    }

    /// <summary>Relative to the number, or to 1 where it is smaller.</summary>
    private static void Close(double[] expected, double[] actual, double tolerance, string what) =>
        Near.IsAtMost(tolerance, OldFiles.Difference(expected, actual), what);
}
