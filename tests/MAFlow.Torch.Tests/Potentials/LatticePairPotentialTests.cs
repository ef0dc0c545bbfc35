using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The pair potential: exact symmetry, derivatives, and transport against plain Runge-Kutta steps under autograd.</summary>
[TestClass]
public sealed class LatticePairPotentialTests
{
    private static readonly Dictionary<string, (LatticePairOptions Options, int[] Extents)> _families = new()
    {
        ["4 x 4"] = (Pairs.Small, [4, 4]),
        ["3 x 3, one scale"] = (Pairs.Small with { Scales = [0] }, [3, 3]),
        ["5 x 5, three scales"] = (Pairs.Small with { Scales = [0, 1, 2.5], OddFeatures = 2, EvenFeatures = 1 }, [5, 5]),
        ["9 x 8, constant in time"] = (Pairs.Small with { Knots = 1 }, [9, 8]),
        ["2 x 3"] = (Pairs.Small, [2, 3]),
        ["7 sites in a ring"] = (Pairs.Small, [7]),
        ["6 sites in a ring, without sign symmetry"] = (Pairs.Small with { IsSignSymmetric = false }, [6]),
        ["3 x 4 x 2"] = (Pairs.Small with { Scales = [0.5] }, [3, 4, 2]),
        ["4 x 3, without sign symmetry"] = (Pairs.Small with { IsSignSymmetric = false }, [4, 3]),
        ["3 x 3, two components"] = (Pairs.Small with { Components = 2 }, [3, 3]),
        ["4 x 2, three components, without sign symmetry"] = (Pairs.Small with { Components = 3, IsSignSymmetric = false }, [4, 2]),
    };

    private static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void LogProbIsUnchangedByEveryElement(string family)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(Create(family), new() { Depth = 3 });
        var x = Draw.Normal(1, 3, flow.Dimension);
        var expected = flow.LogProb(x);
        var elements = flow.Potential.Symmetry.Elements();
        var least = flow.Dimension / _families[family].Options.Components * (_families[family].Options.IsSignSymmetric ? 2 : 1);
        Assert.IsGreaterThanOrEqualTo(least, elements.Count);
        foreach (var element in elements)
        {
            Near.Assert(expected, flow.LogProb(element.Apply(x)), 1e-10, $"{element}");
        }
    }

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
        using var flow = new MongeAmpereFlow(Create(family), new() { Depth = 120 });
        var scored = flow.DecodeWithScore(Draw.Normal(6, 2, flow.Dimension), 1);
        var x = scored.X.detach().requires_grad_();
        var expected = autograd.grad([flow.LogProb(x).sum()], [x])[0];
        Near.Assert(flow.LogProb(x), scored.LogProb, 1e-6);
        Near.Assert(expected, scored.Score, 1e-5);
    }

    /// <summary>One solve gives both: the points with their gradients, and the scores.</summary>
    [TestMethod]
    public void ARecordedSolveWithScoresIsThatOfEachAlone()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Pairs.Random(Pairs.Small, 4, 4), new() { Depth = 6 });
        FlowChecks.ScoresWhatItDecodes(flow);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ManyRowsInSeveralPartsAreTheSame(bool isSignSymmetric)
    {
        using var scope = NewDisposeScope();
        var options = new LatticePairOptions { Type = float64, IsSignSymmetric = isSignSymmetric, Components = 2, Knots = 2 };
        using var flow = new MongeAmpereFlow(Pairs.Random(options, 16, 16), new() { Depth = 2 });
        // 256 sites of 27 features and 2 components: 16 rows at a time at least.
        var z = Draw.Normal(7, 40, flow.Dimension).requires_grad_();
        var together = Gradients(z);
        var apart = z.split(20).Select(Gradients).ToList();
        Near.Assert(together.X, cat([.. apart.Select(part => part.X)]), 1e-11);
        Near.Assert(together.Parameter, apart[0].Parameter.add(apart[1].Parameter), 1e-9);

        (Tensor X, Tensor Parameter) Gradients(Tensor rows)
        {
            var (x, logProb) = flow.Decode(rows);
            return (x, autograd.grad([x.sin().sum().add(logProb.sum())], [flow.Potential.get_parameter("coupling0")!])[0]);
        }
    }

    [TestMethod]
    public void AtRestItIsTheGaussianFieldOfItsVariances()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(4), 2.5);
        using var flow = new MongeAmpereFlow(
            LatticePairPotential.AtRest(energy.Lattice!, energy.Spectrum, new() { Type = float64, CollectiveWidth = 1 }), new() { Depth = 1 });
        var response = flow.Decode(eye(16, dtype: float64)).X;
        var coupling = energy.Lattice!.Adjacency().div(2.5).add(eye(16, dtype: float64), alpha: energy.Shift);
        Near.Assert(coupling, response.t().mm(response), 1e-12);
    }

    [TestMethod]
    public void SecondDerivativesThroughTransportAreThoseOfPlainSteps()
    {
        using var scope = NewDisposeScope();
        using var potential = Pairs.Random(Pairs.Small, 3);
        var x = Draw.Normal(8, 2, 3).requires_grad_();
        var grid = new TimeGrid(0.75, 1, 2);
        Tensor Twice(Func<PathState> transport)
        {
            var end = transport();
            var first = autograd.grad([end.X.sin().sum().add(end.LogProb.sum())], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.pow(2).sum()], [potential.get_parameter("coupling0")!])[0];
        }

        var start = zeros(2, dtype: float64);
        Near.Assert(
            Twice(() => Solves.InPlainSteps(potential, Solves.From(x, start), grid, Solves.By())),
            Twice(() => potential.Transport(Solves.From(x, start), grid, Solves.By())), 1e-10);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ASavedFlowLoads(string family) => FlowChecks.Loads(Create(family), 1e-11);

    [TestMethod]
    public void OpenLatticesAndForeignNumbersAreRefused()
    {
        using var scope = NewDisposeScope();
        var open = Assert.ThrowsExactly<ArgumentException>(() => LatticePairPotential.AtRest(Lattice.Square(3, Boundary.Open), [.. new double[9]]));
        Assert.Contains("periodic", open.Message);
        Assert.ThrowsExactly<ArgumentException>(() => LatticePairPotential.AtRest(Lattice.Square(3), [1, 2]));
        Assert.ThrowsExactly<ArgumentException>(() => LatticePairPotential.AtRest(Lattice.Square(3), [.. new double[9]]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => LatticePairPotential.AtRest(Lattice.Square(2), [1, 1, 1, 1], new() { EvenFeatures = 3 }));
        using var potential = Pairs.Random(Pairs.Small, 4, 4);
        Assert.ThrowsExactly<ArgumentException>(() => potential.Lift(Lattice.Square(3)));
        Assert.ThrowsExactly<ArgumentException>(() => potential.Lift(new Lattice(Boundary.Periodic, 16)));
        Assert.ThrowsExactly<ArgumentException>(() => potential.Lift(Lattice.Square(8, Boundary.Open)));
    }

    /// <summary>What was learnt on a torus of 8 x 8 is nearly as good on a larger one, before any step there.</summary>
    [TestMethod]
    [DataRow(8, 0.002)]
    [DataRow(11, 0.01)]
    [DataRow(16, 0.01)]
    public void ALiftedFlowBeginsCloseToTheExactFreeEnergy(int size, double bound)
    {
        using var energy = new IsingEnergy(Lattice.Square(size), IsingEnergy.CriticalTemperature);
        using var trained = MongeAmpereFlow.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", "lattices", "ising-8.safetensors"));
        using var flow = new MongeAmpereFlow(((LatticePairPotential)trained.Potential).Lift(energy.Lattice!), new() { Depth = 10 });
        Near.IsBelow(bound, Gap(flow, energy));
        // At rest it is farther away by an order of magnitude.
        using var rest = new MongeAmpereFlow(LatticePairPotential.AtRest(energy.Lattice!, energy.Spectrum), new() { Depth = 5 });
        Assert.IsGreaterThan(0.03, Gap(rest, energy));
    }

    private static double Gap(MongeAmpereFlow flow, IsingEnergy energy)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var sample = flow.Sample(256, generator);
        return (sample.LogProb.add(energy.Value(sample.X)).mean().item<float>() + energy.ExactLogPartition()!.Value) / flow.Dimension;
    }

    private static LatticePairPotential Create(string family) => Pairs.Random(_families[family].Options, _families[family].Extents);
}
