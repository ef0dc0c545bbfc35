using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The pair potential of particles: exact symmetry, closed forms, and transport against plain Runge-Kutta steps under
/// autograd.</summary>
[TestClass]
public sealed class ParticlePairPotentialTests
{
    private static readonly Dictionary<string, (int Particles, int Coordinates, ParticlePairOptions Options)> _families = new()
    {
        ["3 on a line"] = (3, 1, Particles.Small),
        ["4 in the plane"] = (4, 2, Particles.Small),
        ["3 in space, constant in time"] = (3, 3, Particles.Small with { Knots = 1 }),
        ["4 in the plane, without triples"] = (4, 2, Particles.Small with { TripleGaussians = 0 }),
        ["5 in space"] = (5, 3, Particles.Small with { Knots = 2 }),
        ["4 in the plane, with units"] = (4, 2, Particles.Small with { Units = 5 }),
        ["3 in space, with many units"] = (3, 3, Particles.Small with { Units = 13, TripleGaussians = 4, Knots = 2 }),
        ["3 on a line, with units, constant in time"] = (3, 1, Particles.Small with { Units = 2, Knots = 1 }),
        ["4 in a square box, with units"] = (4, 2, Particles.Small with { Range = 1.5, Box = 3, Units = 3 }),
        ["4 in a square box"] = (4, 2, Particles.Small with { Range = 1.5, Box = 3 }),
        ["3 in a cube"] = (3, 3, Particles.Small with { Range = 1.5, Box = 4 }),
    };

    private static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ClosedFormsEqualAutogradAtEveryTime(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = Create(family);
        using var plain = new ValueOnly(potential);
        var x = Draw.Normal(2, 2, potential.Dimension);
        foreach (var time in new[] { 0.1, 0.5, 0.71, 1 })
        {
            Near.Assert(plain.Gradient(x, time), potential.Gradient(x, time), 1e-10);
            Near.Assert(plain.Laplacian(x, time), potential.Laplacian(x, time), 1e-10);
        }
    }

    [TestMethod]
    public void EachStretchHasWeightsOfItsOwnThatBeginEqualOrNot()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var rest = ParticlePairPotential.AtRest(3, 2, Particles.Small with { Units = 5 });
        using var apart = ParticlePairPotential.AtRest(3, 2, Particles.Small with { Units = 5, DrawsEachStretch = true });
        using var potential = Particles.Random(3, 2, Particles.Small with { Units = 5 });
        foreach (var name in new[] { "weight", "offset" })
        {
            var begun = rest.get_parameter(name)!;
            Assert.AreEqual(3, begun.shape[0], "There are three stretches between four knots.");
            Near.Assert(begun[0].expand_as(begun), begun, 0);
            Assert.IsFalse(apart.get_parameter(name)![0].allclose(apart.get_parameter(name)![1]));
        }

        var x = Draw.Normal(2, 4, potential.Dimension);
        // A quarter of the time belongs to the Gaussian map, and each of the others to a stretch.
        double[] times = [0.1, 0.4, 0.6, 0.9];
        Tensor[] before = [.. times.Select(time => potential.Value(x, time))];
        potential.get_parameter("weight")![1].add_(tensor(0.1, dtype: float64));
        for (var k = 0; k < times.Length; k++)
        {
            Assert.AreEqual(k == 2, potential.Value(x, times[k]).sub(before[k]).abs().max().item<double>() > 1e-6, $"At {times[k]}.");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TransportAndItsGradientsEqualAutogradThroughPlainSteps(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = Create(family);
        var breaks = potential.Breaks(1);
        var start = Draw.Normal(3, 3, potential.Dimension).requires_grad_();
        var cotangent = Draw.Normal(4, 3, potential.Dimension);
        foreach (var grid in (TimeGrid[])[new(breaks[^1], 1, 3), new(1, breaks[^1], 2)])
        {
            var expected = Differentiate((state, g) => Solves.InPlainSteps(potential, state, g, Solves.By()));
            var actual = Differentiate((state, g) => potential.Transport(state, g, Solves.By()));
            foreach (var (left, right) in expected.Zip(actual))
            {
                Near.Assert(left, right, 1e-10 * Math.Max(1, left.abs().max().item<double>()));
            }

            List<Tensor> Differentiate(Func<PathState, TimeGrid, PathState> transport)
            {
                var end = transport(Solves.From(start, zeros(3, dtype: float64)), grid);
                var loss = end.X.mul(cotangent).sum().add(end.LogProb.mul(cotangent.select(1, 0)).sum());
                List<Tensor> inputs = [start, .. potential.named_parameters().Where(pair => pair.name != "stretch").Select(pair => pair.parameter)];
                return [end.X, end.LogProb, .. autograd.grad([loss], inputs)];
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TheScoreThatIsCarriedAlongIsTheGradientOfLogProb(string family)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Create(family), new() { Depth = 200 });
        var scored = flow.DecodeWithScore(Draw.Normal(6, 2, flow.Dimension), 1);
        var x = scored.X.detach().requires_grad_();
        var expected = autograd.grad([flow.LogProb(x).sum()], [x])[0];
        Near.Assert(flow.LogProb(x), scored.LogProb, 1e-6);
        Near.Assert(expected, scored.Score, 1e-5);
    }

    /// <summary>The paths, the gradients and the scores of one solve are those of three.</summary>
    [TestMethod]
    public void ARecordedSolveWithScoresIsThatOfEachAlone()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Create("4 in the plane"), new() { Depth = 6 });
        FlowChecks.ScoresWhatItDecodes(flow);
    }

    [TestMethod]
    public void ManyRowsInSeveralPartsAreTheSame()
    {
        using var scope = NewDisposeScope();
        // 1128 pairs of 24 Gaussians: 16 rows at a time.
        using var flow = new MongeAmpereFlow(Particles.Random(48, 2, new() { Type = float64, Knots = 2 }, strength: 0.02), new() { Depth = 2 });
        var z = Draw.Normal(7, 40, flow.Dimension).requires_grad_();
        var together = Gradients(z);
        var apart = z.split(20).Select(Gradients).ToList();
        Near.Assert(together.X, cat([.. apart.Select(part => part.X)]), 1e-11);
        Near.Assert(together.Parameter, apart[0].Parameter.add(apart[1].Parameter), 1e-8);

        (Tensor X, Tensor Parameter) Gradients(Tensor rows)
        {
            var (x, logProb) = flow.Decode(rows);
            return (x, autograd.grad([x.sin().sum().add(logProb.sum())], [flow.Potential.get_parameter("strength")!])[0]);
        }
    }

    [TestMethod]
    public void SecondDerivativesThroughTransportAreThoseOfPlainSteps()
    {
        using var scope = NewDisposeScope();
        using var potential = Create("3 on a line");
        var x = Draw.Normal(8, 2, 3).requires_grad_();
        var grid = new TimeGrid(0.75, 1, 2);
        Tensor Twice(Func<PathState> transport)
        {
            var end = transport();
            var first = autograd.grad([end.X.sin().sum().add(end.LogProb.sum())], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.pow(2).sum()], [potential.get_parameter("strength")!])[0];
        }

        var start = zeros(2, dtype: float64);
        Near.Assert(
            Twice(() => Solves.InPlainSteps(potential, Solves.From(x, start), grid, Solves.By())),
            Twice(() => potential.Transport(Solves.From(x, start), grid, Solves.By())), 1e-10);
    }

    [TestMethod]
    public void AtRestParticlesAreIndependentAroundTheirCentreOfMass()
    {
        using var scope = NewDisposeScope();
        var options = Particles.Small with { Spread = 1.7, CentreSpread = 0.4 };
        using var flow = new MongeAmpereFlow(ParticlePairPotential.AtRest(3, 2, options), new() { Depth = 1 });
        var response = flow.Decode(eye(6, dtype: float64)).X;
        var centre = ones(3, 3, dtype: float64).div(3);
        var expected = eye(3, dtype: float64).sub(centre).mul(1.7 * 1.7).add(centre, alpha: 0.4 * 0.4);
        Near.Assert(kron(expected, eye(2, dtype: float64)), response.t().mm(response), 1e-12);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ASavedFlowLoads(string family) => FlowChecks.Loads(Create(family), 1e-11);

    [TestMethod]
    public void NumbersOutOfRangeAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(1, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(3, 4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(3, 2, new() { Gaussians = 1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(3, 2, new() { Range = double.NaN }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(3, 2, new() { Knots = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(3, 2, new() { TripleGaussians = 1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(3, 2, new() { Spread = 0 }));
        var small = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ParticlePairPotential.AtRest(3, 2, new() { Range = 2, Box = 3.9 }));
        Assert.Contains("Enlarge the box", small.Message);
    }

    private static ParticlePairPotential Create(string family) =>
        Particles.Random(_families[family].Particles, _families[family].Coordinates, _families[family].Options,
            strength: _families[family].Options.Box is null ? 0.3 : 0.1);
}
