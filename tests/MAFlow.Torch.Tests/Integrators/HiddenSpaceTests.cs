using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The hidden-space solve and its hand-written reverse pass against plain Runge-Kutta steps in x under autograd.</summary>
[TestClass]
public sealed class HiddenSpaceTests
{
    public static IEnumerable<object[]> Variants =>
        from tableau in ButcherTableau.All
        from activation in Activation.All
        from hidden in new[] { 7, 24 }
        from recompute in new[] { false, true }
        select new object[] { tableau.Name, activation.Name, hidden, recompute };

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void EqualsAutogradThroughPlainRungeKuttaStepsForwardsAndBackwards(string tableau, string activation, int hidden, bool recompute)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11);
        // 7 units on 5 coordinates are coupled by a matrix, 24 by its factors.
        using var potential = RandomPotential(5, hidden, Activation.ByName(activation), generator);
        var solve = Solves.By(ButcherTableau.ByName(tableau), recompute);
        foreach (var grid in (TimeGrid[])[new(0, 1.5, 7), new(1.5, 0, 4)])
        {
            var reference = Differentiate(potential, generator, grid, (state, g) => Solves.InPlainSteps(potential, state, g, solve));
            var actual = Differentiate(potential, generator, grid, (state, g) => potential.Transport(state, g, solve));
            foreach (var (expected, got) in reference.Zip(actual))
            {
                Near.IsBelow(1e-10 * Math.Max(1, expected.abs().max().item<double>()), got.sub(expected).abs().max().item<double>());
            }
        }
    }

    [TestMethod]
    [DataRow(7, false)]
    [DataRow(7, true)]
    [DataRow(24, false)]
    [DataRow(24, true)]
    public void GradientsAddUpOverBlocksOfStages(int hidden, bool recompute)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(13);
        using var potential = RandomPotential(5, hidden, Activation.Softplus, generator);
        var solve = Solves.By(recompute: recompute);
        // The stages of a step of 400 rows nearly fill a block of 2,048.
        var reference = Differentiate(potential, generator, new(0, 1, 3), rows: 400, transport: (state, g) => Solves.InPlainSteps(potential, state, g, solve));
        var actual = Differentiate(potential, generator, new(0, 1, 3), rows: 400, transport: (state, g) => potential.Transport(state, g, solve));
        foreach (var (expected, got) in reference.Zip(actual))
        {
            Near.Assert(expected, got, 1e-10);
        }
    }

    [TestMethod]
    [DataRow(127)]
    [DataRow(131)]
    public void TheGramMatrixIsTheProductWithTheTransposeWhetherFormedInBlocksOrNot(int units)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(19);
        var weight = randn([units, 9], dtype: float64, generator: generator);
        Near.Assert(weight.mm(weight.t()), GramMatrix.Of(weight), 1e-12);
    }

    [TestMethod]
    public void ScoringInBlocksOfRowsGivesEachRowTheValueItHasAlone()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(3);
        using var flow = new MongeAmpereFlow(RandomPotential(40, 64, Activation.Softplus, generator), new() { Horizon = 0.2, Depth = 2 });
        // More rows than a block of 2,097,152 / 64 units holds.
        var x = randn([33_000, 40], dtype: float64, generator: generator);
        var together = flow.LogProb(x);
        foreach (var row in new[] { 0L, 32_767, 32_768, 32_769, 32_999 })
        {
            Assert.AreEqual(flow.LogProb(x.narrow(0, row, 1)).item<double>(), together[row].item<double>(), 1e-12);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void AFewRowsInManagedCodeGiveTheValuesOfTheNativeSolve(string tableau, string activation, int hidden, bool recompute)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(17);
        using var potential = RandomPotential(5, hidden, Activation.ByName(activation), generator);
        var solve = Solves.By(ButcherTableau.ByName(tableau), recompute);
        foreach (var (type, tolerance) in ((ScalarType, double)[])[(ScalarType.Float64, 1e-12), (ScalarType.Float32, 2e-5)])
        {
            potential.to(type);
            var start = Solves.From(randn([3, 5], dtype: type, generator: generator), zeros(3, dtype: type));
            // With gradients enabled the native solve runs, whatever the size.
            var native = potential.Transport(start, new(1, 0, 6), solve);
            using var _ = no_grad();
            var managed = potential.Transport(start, new(1, 0, 6), solve);
            Near.IsBelow(tolerance, managed.X.sub(native.X).abs().max().to(float64).item<double>());
            Near.IsBelow(tolerance, managed.LogProb.sub(native.LogProb).abs().max().to(float64).item<double>());
        }
    }

    [TestMethod]
    public void BFloat16ProductsStayCloseToFloat32()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        using var potential = RandomPotential(30, 40, Activation.Softplus, generator);
        potential.to(ScalarType.Float32);
        var x = randn([64, 30], generator: generator);
        var gradients = new List<Tensor>();
        var values = new List<double>();
        foreach (var precision in Enum.GetValues<Precision>())
        {
            var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 6, Precision = precision });
            var nll = flow.LogProb(x).mean().neg();
            nll.backward();
            values.Add(nll.item<float>());
            gradients.Add(potential.Weight.grad!.clone());
            potential.Weight.grad = null;
        }

        Assert.AreNotEqual(values[0], values[1]);
        Assert.AreEqual(values[0], values[1], 0.05);
        Assert.IsGreaterThan(0.999, nn.functional.cosine_similarity(gradients[0].flatten(), gradients[1].flatten(), 0).item<float>());
    }

    [TestMethod]
    public void SeveralFlowsTrainInSeveralThreadsAtOnce()
    {
        double Train(ulong seed)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            using var potential = RandomPotential(6, 9, Activation.Softplus, generator);
            using var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 4 });
            var x = randn([50, 6], dtype: float64, generator: generator);
            for (var step = 0; step < 30; step++)
            {
                using var stepScope = NewDisposeScope();
                flow.LogProb(x).mean().neg().backward();
                using var _ = no_grad();
                foreach (var parameter in potential.parameters())
                {
                    parameter.add_(parameter.grad!, alpha: -0.05);
                    parameter.grad = null;
                }
            }

            return flow.LogProb(x).mean().item<double>();
        }

        var alone = Enumerable.Range(1, 4).Select(seed => Train((ulong)seed)).ToArray();
        var together = new double[4];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() => together[i] = Train((ulong)i + 1))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        CollectionAssert.AreEqual(alone, together);
    }

    [TestMethod]
    public void AThousandTrainingStepsLeakNothing()
    {
        using var generator = new Generator(2);
        using var potential = RandomPotential(3, 4, Activation.Softplus, generator);
        using var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 2 });
        using var x = randn([8, 3], dtype: float64, generator: generator);
        void Step()
        {
            using var scope = NewDisposeScope();
            flow.LogProb(x).mean().neg().backward();
            foreach (var parameter in potential.parameters())
            {
                parameter.grad = null;
            }
        }

        Step();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var step = 0; step < 1000; step++)
        {
            Step();
        }

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static RidgePotential RandomPotential(long dimension, long hidden, Activation activation, Generator generator)
    {
        using var scope = NewDisposeScope();
        return new(
            randn([hidden, dimension], dtype: float64, generator: generator).mul(0.6),
            activation.IsEven ? null : randn(hidden, dtype: float64, generator: generator),
            randn(hidden, dtype: float64, generator: generator).mul(0.5),
            activation);
    }

    /// <summary>End state of a transport and the gradients of a scalar that depends on all of it.</summary>
    private static List<Tensor> Differentiate(RidgePotential potential, Generator generator, TimeGrid grid, Func<PathState, TimeGrid, PathState> transport, long rows = 6)
    {
        generator.manual_seed(99);
        var x = randn([rows, potential.Dimension], dtype: float64, generator: generator).requires_grad_();
        var logProb = randn(rows, dtype: float64, generator: generator).requires_grad_();
        var weights = randn([rows, potential.Dimension + 1], dtype: float64, generator: generator);
        var end = transport(Solves.From(x, logProb), grid);
        cat([end.X.square().mul(weights.narrow(1, 0, potential.Dimension)).sum([1L], keepdim: true), end.LogProb.mul(weights.select(1, potential.Dimension)).unsqueeze(1)], 1).sum().backward();
        List<Tensor> result = [end.X.detach(), end.LogProb.detach(), x.grad!, logProb.grad!];
        foreach (var parameter in potential.parameters())
        {
            result.Add(parameter.grad!.clone());
            parameter.grad = null;
        }

        return result;
    }
}
