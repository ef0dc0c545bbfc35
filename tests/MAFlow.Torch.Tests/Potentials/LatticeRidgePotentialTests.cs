using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The symmetric potential and the circulant map: exact symmetry, derivatives, and transport against plain Runge-Kutta steps under autograd.</summary>
[TestClass]
public sealed class LatticeRidgePotentialTests
{
    public static IEnumerable<object[]> Tori => [[new[] { 4, 4 }], [new[] { 3, 3 }], [new[] { 9, 8 }], [new[] { 2, 3 }], [new[] { 5 }], [new[] { 2, 2, 3 }]];

    [TestMethod]
    [DynamicData(nameof(Tori))]
    public void LogProbIsUnchangedByEveryElement(int[] extents)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(1);
        using var flow = RandomFlow(new Lattice(Boundary.Periodic, extents), generator);
        var x = randn([3, flow.Dimension], dtype: float64, generator: generator);
        var expected = flow.LogProb(x);
        foreach (var element in ((LatticeRidgePotential)flow.Potential).Symmetry.Elements())
        {
            Near.IsBelow(1e-10, flow.LogProb(element.Apply(x)).sub(expected).abs().max().item<double>());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Tori))]
    public void ClosedFormsEqualAutograd(int[] extents)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        using var potential = RandomPotential(new Lattice(Boundary.Periodic, extents), generator);
        using var plain = new DelegatePotential(potential);
        var x = randn([2, potential.Dimension], dtype: float64, generator: generator);
        Near.IsBelow(1e-11, potential.Gradient(x).sub(plain.Gradient(x)).abs().max().item<double>());
        Near.IsBelow(1e-11, potential.Laplacian(x).sub(plain.Laplacian(x)).abs().max().item<double>());
    }

    [TestMethod]
    [DataRow(false, 4)]
    [DataRow(true, 4)]
    [DataRow(false, 23)]
    [DataRow(true, 23)]
    public void TransportAndItsGradientsEqualAutogradThroughPlainSteps(bool recompute, int width)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var potential = RandomPotential(new Lattice(Boundary.Periodic, 3, width), generator);
        var solve = Solves.By(recompute: recompute);
        var start = randn([3, 3 * width], dtype: float64, generator: generator).requires_grad_();
        var cotangent = randn([3, 3 * width], dtype: float64, generator: generator);
        foreach (var grid in (TimeGrid[])[new(0, 1, 5), new(1, 0, 3)])
        {
            var expected = Differentiate((state, g) => Solves.InPlainSteps(potential, state, g, solve));
            var actual = Differentiate((state, g) => potential.Transport(state, g, solve));
            foreach (var (left, right) in expected.Zip(actual))
            {
                Near.IsBelow(1e-10 * Math.Max(1, left.abs().max().item<double>()), right.sub(left).abs().max().item<double>());
            }

            List<Tensor> Differentiate(Func<PathState, TimeGrid, PathState> transport)
            {
                var end = transport(Solves.From(start, zeros(3, dtype: float64)), grid);
                var loss = end.X.mul(cotangent).sum().add(end.LogProb.mul(cotangent.select(1, 0)).sum());
                return [end.X, end.LogProb, .. autograd.grad([loss], [start, potential.Weight, potential.Amplitude])];
            }
        }
    }

    [TestMethod]
    public void DecodeUndoesEncodeThroughTheFinalMapAndLogDeterminantIsThatOfTheJacobian()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(4);
        using var flow = RandomFlow(new Lattice(Boundary.Periodic, 2, 3), generator);
        var z = randn([2, 6], dtype: float64, generator: generator);
        var deep = flow.At(200);
        var state = deep.Decode(z);
        var back = deep.Encode(state.X);
        Near.IsBelow(1e-9, back.Z.sub(z).abs().max().item<double>());
        Near.IsBelow(1e-9, back.LogProb.sub(state.LogProb).abs().max().item<double>());
        const double step = 1e-5;
        var columns = Enumerable.Range(0, 6).Select(i =>
        {
            var shift = zeros_like(z);
            shift.select(1, i).fill_(step);
            return deep.Decode(z.add(shift)).X.sub(deep.Decode(z.sub(shift)).X).div(2 * step);
        }).ToList();
        var logDeterminant = linalg.slogdet(stack(columns, 2)).Item2;
        Near.IsBelow(1e-7, StandardNormal.LogProb(z).sub(state.LogProb).sub(logDeterminant).abs().max().item<double>());
    }

    [TestMethod]
    public void TheMapOfAnIsingEnergyGivesItsGaussianPart()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(4), 2.5);
        using var map = CirculantGaussianMap.For(energy, ScalarType.Float64);
        var response = map.Inverse(eye(16, dtype: float64)).Points;
        var coupling = energy.Lattice!.Adjacency().div(2.5).add(eye(16, dtype: float64), alpha: energy.Shift);
        Near.IsBelow(1e-12, response.mm(response.t()).sub(coupling).abs().max().item<double>());
    }

    [TestMethod]
    public void TrainingStepsLeaveNothingBehind()
    {
        using var generator = new Generator(5);
        using var flow = RandomFlow(Lattice.Square(4), generator);
        void Step()
        {
            using var scope = NewDisposeScope();
            var sample = flow.Decode(randn([2, 16], dtype: float64, generator: generator));
            sample.LogProb.add(sample.X.square().sum([1L])).sum().backward();
            foreach (var parameter in flow.Potential.parameters().Concat(flow.Bijection!.parameters()))
            {
                parameter.grad = null;
            }
        }

        Step();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step();
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void ASavedFlowLoadsWithItsFinalMap()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(7);
        using var flow = RandomFlow(Lattice.Square(3), generator);
        var path = Path.Combine(Path.GetTempPath(), $"flow-{Guid.NewGuid():N}.safetensors");
        flow.At(9).Save(path);
        using var loaded = MongeAmpereFlow.Load(path);
        File.Delete(path);
        var x = randn([3, 9], dtype: float64, generator: generator);
        Assert.AreEqual(9, loaded.Options.Depth);
        Assert.IsTrue(flow.At(9).LogProb(x).Equals(loaded.LogProb(x)));
    }

    [TestMethod]
    public void OpenLatticesAndForeignShapesAreRefused()
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsExactly<ArgumentException>(() => new LatticeRidgePotential(Lattice.Square(3, Boundary.Open), ones([1, 9]), ones(1)));
        Assert.ThrowsExactly<ArgumentException>(() => new LatticeRidgePotential(Lattice.Square(3), ones([1, 8]), ones(1)));
        Assert.ThrowsExactly<ArgumentException>(() => new CirculantGaussianMap(Lattice.Square(3), [1, 2]));
        using var generator = new Generator(1);
        using var potential = RandomPotential(Lattice.Square(3), generator);
        using var map = new CirculantGaussianMap(Lattice.Square(2), [1, 1, 1, 1]);
        Assert.ThrowsExactly<ArgumentException>(() => new MongeAmpereFlow(potential, null, map));
    }

    internal static LatticeRidgePotential RandomPotential(Lattice lattice, Generator generator)
    {
        using var scope = NewDisposeScope();
        var weight = randn([3, lattice.Sites], dtype: float64, generator: generator).mul(0.4);
        return new(lattice, weight, randn(3, dtype: float64, generator: generator).mul(0.05));
    }

    private static MongeAmpereFlow RandomFlow(Lattice lattice, Generator generator)
    {
        using var energy = new IsingEnergy(lattice, 3);
        return new(RandomPotential(lattice, generator), new() { Horizon = 1, Depth = 6 }, CirculantGaussianMap.For(energy, ScalarType.Float64));
    }

    private sealed class DelegatePotential(LatticeRidgePotential inner) : Potential("plain", inner.Dimension)
    {
        protected internal override Tensor Evaluate(Tensor x, double time) => inner.Value(x, time);
    }
}
