using System.Numerics;
using MAFlow.Scoring.Numerics;
using MAFlow.Torch.Potentials.Knots;
using MAFlow.Torch.Potentials.Particles.Lanes;
using MAFlow.Torch.Potentials.Particles.Pairs;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The solve of particles in vector code gives the points, Laplacians, scores and derivatives of the one by tensor
/// operations.</summary>
[TestClass]
public sealed class ParticleSolveTests
{
    private static readonly TimeGrid _grid = new(1, 0.25, 2);

    private static readonly Dictionary<string, ParticleShape> _shapes = new()
    {
        ["pairs alone, on a line"] = new(3, 1, 4, channels: 0, units: 0, range: 3, box: null),
        ["a coupling of triples, in the plane"] = new(4, 2, 5, channels: 3, units: 0, range: 3, box: null),
        ["a coupling of many, in space"] = new(3, 3, 5, channels: 9, units: 0, range: 4, box: null),
        ["units, in the plane"] = new(4, 2, 5, channels: 4, units: 5, range: 3, box: null),
        ["many units, in space"] = new(5, 3, 2, channels: 2, units: 17, range: 3, box: null),
    };

    public static IEnumerable<object[]> Shapes =>
        from shape in _shapes.Keys
        from rows in (int[])[1, 5, 19]
        from width in (string[])["Bits256", "Bits512"]
        select new object[] { shape, rows, width };

    public static IEnumerable<object[]> Methods => ButcherTableau.All.Select(tableau => new object[] { tableau.Name });

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void ValuesAndDerivativesAreThoseOfTensors(string shape, int rows, string width)
    {
        Compare<double>(_shapes[shape], rows, ButcherTableau.RungeKutta4, Enum.Parse<VectorWidth>(width), float64, 1e-10);
        Compare<float>(_shapes[shape], rows, ButcherTableau.RungeKutta4, Enum.Parse<VectorWidth>(width), float32, 1e-3);
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void EveryMethodIsKnown(string name) =>
        Compare<double>(_shapes["units, in the plane"], 7, ButcherTableau.ByName(name), Kernels.Best, float64, 1e-10);

    [TestMethod]
    public void ARowDoesNotDependOnTheOthers()
    {
        using var scope = NewDisposeScope();
        var shape = _shapes["units, in the plane"];
        var (terms, x) = (Terms(shape, float32), Columns(shape, 1, 37, float32));
        var whole = Integrate(x);
        var alone = Integrate(x.narrow(-1, 36, 1).contiguous());
        Near.AssertBitEqual(whole.X.narrow(-1, 36, 1), alone.X);
        Near.AssertBitEqual(whole.Laplacian.narrow(-1, 36, 1), alone.Laplacian);

        (Tensor X, Tensor Laplacian, Tensor? Score) Integrate(Tensor start)
        {
            using var solve = new ParticleSolve<float>(new(shape), ButcherTableau.RungeKutta4, _grid, terms);
            return solve.Integrate(start, null, null);
        }
    }

    /// <summary>Memory that another solve has used leaves nothing behind.</summary>
    [TestMethod]
    public void ASolveInUsedMemoryIsTheSame()
    {
        using var scope = NewDisposeScope();
        var shape = _shapes["a coupling of triples, in the plane"];
        var pool = new LanePool<double>(shape);
        var terms = Terms(shape, float64);
        var first = Everything(new ParticleSolve<double>(pool, ButcherTableau.RungeKutta4, _grid, terms), shape, 9, float64, 1);
        var other = Everything(new ParticleSolve<double>(pool, ButcherTableau.Heun, _grid, terms), shape, 5, float64, 2);
        var again = Everything(new ParticleSolve<double>(pool, ButcherTableau.RungeKutta4, _grid, terms), shape, 9, float64, 1);
        Assert.AreEqual(first.Count, other.Count);
        foreach (var (before, after) in first.Zip(again))
        {
            Near.AssertBitEqual(before, after);
        }
    }

    private static void Compare<T>(
        ParticleShape shape, int rows, ButcherTableau tableau, VectorWidth width, ScalarType type, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var terms = Terms(shape, type);
        var expected = Everything(new KnotSolve(shape.Stages(terms, terms[0]), tableau, _grid), shape, rows, type, 1);
        var actual = Everything(new ParticleSolve<T>(new(shape) { Width = width }, tableau, _grid, terms), shape, rows, type, 1);
        Assert.AreEqual(expected.Count, actual.Count);
        foreach (var (left, right) in expected.Zip(actual))
        {
            Near.Assert(left, right, tolerance * Math.Max(1, left.abs().max().to(float64).item<double>()));
        }
    }

    /// <summary>Points, Laplacians and scores at the end, and the derivatives by start and terms with and without a Laplacian.</summary>
    private static List<Tensor> Everything(IKnotSolve solve, ParticleShape shape, int rows, ScalarType type, ulong seed)
    {
        using (solve)
        {
            var (x, score, adjoint) = (Columns(shape, seed, rows, type), Columns(shape, seed + 10, rows, type), Columns(shape, seed + 20, rows, type));
            var record = solve.MakeRecord(x);
            var (end, laplacian, moved) = solve.Integrate(x, score, record);
            var plain = solve.Integrate(x, null, null);
            Near.AssertBitEqual(end, plain.X);
            return
            [
                end, laplacian, moved!, plain.Laplacian, .. solve.Differentiate(record, adjoint, null),
                .. solve.Differentiate(record, adjoint, adjoint[0][0].clone()),
            ];
        }
    }

    private static Tensor Columns(ParticleShape shape, ulong seed, int rows, ScalarType type) =>
        Draw.Normal(seed, (long)shape.Coordinates * shape.Particles, rows).view(shape.Coordinates, shape.Particles, rows).to(type).contiguous();

    private static Tensor[] Terms(ParticleShape shape, ScalarType type)
    {
        var ends = Draw.Normal(4, 2, shape.Gaussians + shape.Couplings + 1 + (2L * shape.Units)).mul(0.3).to(type);
        return shape.Units == 0
            ? [ends]
            : [ends, Draw.Normal(5, (shape.Units * (long)shape.Channels) + (2 * shape.Units), 1).view(-1).mul(0.7).to(type)];
    }
}
