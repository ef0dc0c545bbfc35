using MAFlow.Scoring.Numerics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The passes between products in vectors of either width give the numbers and the derivatives of tensor operations.</summary>
[TestClass]
public sealed class StagePassesTests
{
    private static readonly TimeGrid _grid = new(1.5, 0.25, 3);

    /// <summary>Numbers that fill vectors or not, and enough of them for two threads.</summary>
    public static IEnumerable<object[]> Shapes =>
        from shape in ((int Rows, int Hidden)[])[(1, 17), (3, 16), (5, 7), (131, 40), (700, 101)]
        from width in (string[])["Bits256", "Bits512"]
        from recompute in (bool[])[false, true]
        select new object[] { shape.Rows, shape.Hidden, width, recompute };

    public static IEnumerable<object[]> Methods => ButcherTableau.All.Select(tableau => new object[] { tableau.Name });

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void VectorsGiveWhatTensorsGive(int rows, int hidden, string width, bool recompute)
    {
        foreach (var activation in Activation.All)
        {
            var solve = Solve(activation, ButcherTableau.RungeKutta4) with { Width = Enum.Parse<VectorWidth>(width), Recompute = recompute };
            Compare(solve, rows, hidden, float64, 1e-12);
            Compare(solve, rows, hidden, float32, 2e-4);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void EveryMethodIsKnown(string name) =>
        Compare(Solve(Activation.Softplus, ButcherTableau.ByName(name)), 20, 24, float64, 1e-12);

    [TestMethod]
    public void WorkIsTheSame()
    {
        var solve = Solve(Activation.LogCosh, ButcherTableau.RungeKutta4) with { WithWork = true };
        Compare(solve, 20, 24, float64, 1e-12);
    }

    [TestMethod]
    [DataRow("Bits256")]
    [DataRow("Bits512")]
    public void NeitherThreadsNorTheWidthChangeABit(string other)
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(700, 101, float32);
        var threads = get_num_threads();
        Tensor[] Run(int count, VectorWidth width)
        {
            set_num_threads(count);
            var passes = StagePasses.For(Solve(Activation.Softplus, ButcherTableau.RungeKutta4) with { Width = width }, inputs.Y);
            var (stages, sums) = (zeros([4, 700, 101]), zeros([2, 700, 101]));
            var (products, y) = (stack([inputs.Y, inputs.Y.sin(), inputs.Y.cos(), inputs.Y.tanh()]), inputs.Y.clone());
            for (var i = 0; i < 4; i++)
            {
                passes.Point(y, products, i, stages[i]);
            }

            passes.Advance(stages, products, sums[0], sums[1], y);
            var adjoints = cat([products, y.unsqueeze(0)]);
            var gathered = zeros_like(stages);
            for (var i = 3; i >= 0; i--)
            {
                passes.Gather(adjoints, i, gathered[i]);
                passes.Curve(stages[i], sums[0], sums[1], i, adjoints[i]);
            }

            passes.Collect(adjoints);
            return [stages, sums, y, gathered, adjoints];
        }

        try
        {
            foreach (var (one, three) in Run(1, VectorWidth.Bits512).Zip(Run(3, Enum.Parse<VectorWidth>(other))))
            {
                Near.AssertBitEqual(one, three);
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void NumbersThatAreNotFiniteAreHandedOn(bool inVectors)
    {
        using var scope = NewDisposeScope();
        var (y, coupling) = Inputs(90, 20, float32);
        y[4, 7] = tensor(float.NaN);
        var solve = Solve(Activation.Softplus, ButcherTableau.RungeKutta4) with { InVectors = inVectors };
        var (s, _, _) = HiddenSpaceFunction.Integrate(solve, y, coupling);
        Assert.IsTrue(s[4].isnan().any().item<bool>());
        Assert.IsFalse(s[3].isnan().any().item<bool>());
    }

    private static HiddenSpaceSolve Solve(Activation activation, ButcherTableau tableau) =>
        new(activation, _grid, tableau, Precision.Full, Recompute: false, DenseCoupling.Form);

    private static void Compare(HiddenSpaceSolve solve, int rows, int hidden, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(rows, hidden, type);
        var vectors = Gradients(inputs, solve);
        var tensors = Gradients(inputs, solve with { InVectors = false });
        foreach (var (expected, actual) in tensors.Zip(vectors))
        {
            Near.Assert(expected, actual, tolerance * (1 + expected.abs().max().to(float64).item<double>()));
        }
    }

    private static (Tensor Y, Tensor Coupling) Inputs(int rows, int hidden, ScalarType type)
    {
        using var generator = new Generator(5);
        Tensor Draw(long first, double scale) => randn([first, hidden], dtype: float64, generator: generator).mul(scale).to(type);
        return (Draw(rows, 1), Draw(hidden, 0.8 / Math.Sqrt(hidden)));
    }

    /// <summary>The integrals and the gradients of a weighted sum of them, in which every row and unit has another weight.</summary>
    private static Tensor[] Gradients((Tensor Y, Tensor Coupling) inputs, HiddenSpaceSolve solve)
    {
        var leaves = new[] { inputs.Y, inputs.Coupling }.Select(input => input.clone().requires_grad_()).ToArray();
        var integrals = HiddenSpaceFunction.Integrate(solve, leaves[0], leaves[1]).Tensors;
        using var generator = new Generator(6);
        var loss = integrals.Select(integral => integral.mul(randn(integral.shape, dtype: float64, generator: generator).to(integral.dtype)).sum())
            .Aggregate((sum, term) => sum.add(term));
        loss.backward();
        return [.. integrals.Select(integral => integral.detach()), .. leaves.Select(leaf => leaf.grad!)];
    }
}
