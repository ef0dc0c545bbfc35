using MAFlow.Scoring.Numerics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The solve in blocks of rows gives the numbers and the derivatives of the one by tensor operations.</summary>
[TestClass]
public sealed class FactoredSolveTests
{
    private static readonly TimeGrid _grid = new(1.5, 0.25, 3);

    /// <summary>Widths that fill vectors or not, fewer and more rows than a block or a tile, one coordinate and more than a panel.</summary>
    public static IEnumerable<object[]> Shapes =>
        from shape in ((int Rows, int Hidden, int Dimension)[])[(1, 1, 1), (7, 5, 2), (50, 16, 3), (131, 40, 17), (12, 96, 10), (400, 33, 4)]
        from width in (string[])["Bits256", "Bits512"]
        select new object[] { shape.Rows, shape.Hidden, shape.Dimension, width };

    public static IEnumerable<object[]> Methods => ButcherTableau.All.Select(tableau => new object[] { tableau.Name });

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void ValuesAndDerivativesAreThoseOfTensors(int rows, int hidden, int dimension, string width)
    {
        foreach (var activation in Activation.All)
        {
            Compare(rows, hidden, dimension, activation, ButcherTableau.RungeKutta4, Enum.Parse<VectorWidth>(width), float64, 1e-12);
            Compare(rows, hidden, dimension, activation, ButcherTableau.RungeKutta4, Enum.Parse<VectorWidth>(width), float32, 2e-4);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void EveryMethodIsKnown(string name) =>
        Compare(20, 24, 5, Activation.Softplus, ButcherTableau.ByName(name), Kernels.Best, float64, 1e-12);

    [TestMethod]
    public void TheNumberOfThreadsChangesNothing()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(500, 48, 6, float32);
        var threads = get_num_threads();
        Tensor[][] results = new Tensor[2][];
        try
        {
            for (var i = 0; i < 2; i++)
            {
                set_num_threads(1 + (2 * i));
                results[i] = Gradients(inputs, (y, left, right) => FactoredFunction.Integrate(Solve(Activation.Softplus), y, left, right));
            }
        }
        finally
        {
            set_num_threads(threads);
        }

        foreach (var (one, three) in results[0].Zip(results[1]))
        {
            Near.AssertBitEqual(one, three);
        }
    }

    [TestMethod]
    public void ARowDoesNotDependOnTheOthers()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (y, left, right) = Inputs(131, 40, 5, float32);
        var whole = Solve(Activation.LogCosh).Integrate(y, left, right, keeps: false);
        var alone = Solve(Activation.LogCosh).Integrate(y.narrow(0, 130, 1), left, right, keeps: false);
        Near.AssertBitEqual(whole.S.narrow(0, 130, 1), alone.S);
        Near.AssertBitEqual(whole.F.narrow(0, 130, 1), alone.F);
    }

    [TestMethod]
    public void NumbersThatAreNotFiniteAreHandedOn()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (y, left, right) = Inputs(9, 20, 3, float32);
        y[4, 7] = tensor(float.NaN);
        var (s, _, _) = Solve(Activation.Softplus).Integrate(y, left, right, keeps: false);
        Assert.IsTrue(s[4].isnan().any().item<bool>());
        Assert.IsFalse(s[3].isnan().any().item<bool>());
    }

    [TestMethod]
    public void NothingIsLeaked()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(60, 20, 3, float32);
        Leaks.AssertNone(() =>
        {
            using var inner = NewDisposeScope();
            var (s, f, kept) = Solve(Activation.Softplus).Integrate(inputs.Y, inputs.Left, inputs.Right, keeps: true);
            var (y, left, right) = Solve(Activation.Softplus).Reverse(inputs.Y, inputs.Left, inputs.Right, kept!, s, f);
            return new[] { s, f, kept!, y, left, right }.Select(tensor => tensor.MoveToOuterDisposeScope()).ToArray();
        });
    }

    private static void Compare(
        int rows, int hidden, int dimension, Activation activation, ButcherTableau tableau, VectorWidth width, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(rows, hidden, dimension, type);
        var blocks = Gradients(inputs, (y, left, right) =>
            FactoredFunction.Integrate(new FactoredSolve(activation, _grid, tableau) { Width = width }, y, left, right));
        var tensors = Gradients(inputs, (y, left, right) =>
        {
            var solve = new HiddenSpaceSolve(activation, _grid, tableau, Precision.Full, Recompute: false, FactoredCoupling.Form);
            var (s, f, _) = HiddenSpaceFunction.Integrate(solve, y, left, right);
            return (s, f);
        });
        string[] names = ["S", "F", "∂y", "∂L", "∂R"];
        foreach (var (name, expected, actual) in names.Zip(tensors, blocks))
        {
            Near.Assert(expected, actual, tolerance * (1 + expected.abs().max().to(float64).item<double>()), name);
        }
    }

    private static FactoredSolve Solve(Activation activation) => new(activation, _grid, ButcherTableau.RungeKutta4);

    private static (Tensor Y, Tensor Left, Tensor Right) Inputs(int rows, int hidden, int dimension, ScalarType type)
    {
        using var generator = new Generator(5);
        Tensor Draw(long first, long second, double scale) => randn([first, second], dtype: float64, generator: generator).mul(scale).to(type);
        return (Draw(rows, hidden, 1), Draw(hidden, dimension, 0.5), Draw(hidden, dimension, 0.7));
    }

    /// <summary>S, F and the gradients of a weighted sum of both, in which every row and unit has another weight.</summary>
    private static Tensor[] Gradients(
        (Tensor Y, Tensor Left, Tensor Right) inputs, Func<Tensor, Tensor, Tensor, (Tensor S, Tensor F)> integrate)
    {
        var leaves = new[] { inputs.Y, inputs.Left, inputs.Right }.Select(input => input.clone().requires_grad_()).ToArray();
        var (s, f) = integrate(leaves[0], leaves[1], leaves[2]);
        using var generator = new Generator(6);
        var weights = randn([2, .. s.shape], dtype: float64, generator: generator).to(s.dtype);
        s.mul(weights[0]).sum().add(f.mul(weights[1]).sum()).backward();
        return [s.detach(), f.detach(), .. leaves.Select(leaf => leaf.grad!)];
    }
}
