using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Entropic transport and its divergence against closed forms, enumeration and differences.</summary>
[TestClass]
public sealed class EntropicTransportTests
{
    private const double Tight = 1e-10;

    [TestMethod]
    public void AtASmallEpsilonTheBestAssignmentIsFound()
    {
        using var scope = NewDisposeScope();
        const int Points = 6;
        const double Epsilon = 0.02;
        var cost = Draw.Uniform(3, Points, Points);
        var best = Permutations(Points).Min(order => order.Select((j, i) => cost[i, j].item<double>()).Sum()) / Points;
        var (f, g) = new EntropicTransport(Epsilon, 1e-5).Between(cost);
        var value = f.mean().add(g.mean()).item<double>();
        // The plan of an assignment has a relative entropy of ln n to that of independent points.
        Assert.IsInRange(best - 1e-4, best + (Epsilon * Math.Log(Points)), value);
    }

    [TestMethod]
    public void ThePlanHasTheMarginalsThatItShouldHave()
    {
        using var scope = NewDisposeScope();
        var cost = Draw.Uniform(4, 7, 5);
        var (f, g) = new EntropicTransport(0.1, Tight).Between(cost);
        var plan = f.unsqueeze(1).add(g).sub(cost).div(0.1).exp().div(35);
        Near.Assert(full(7, 1.0 / 7, dtype: float64), plan.sum([1L]), 1e-9);
        Near.Assert(full(5, 1.0 / 5, dtype: float64), plan.sum([0L]), 1e-9);
    }

    [TestMethod]
    [DataRow(1, 0.1, 0.02, 0.02)]
    [DataRow(2, 0.2, 0.02, 0.02)]
    // In ten dimensions 1,024 rows allow no ε at which S is W₂² to 5%: a smaller one measures how far apart the rows of one set are.
    [DataRow(10, 10.0, 0.05, 0.15)]
    public void SamplesOfGaussiansHaveTheDivergenceOfTheClosedForm(int dimension, double epsilon, double tolerance, double ofDistance)
    {
        using var scope = NewDisposeScope();
        var (x, y, mean, covariance) = Pair(dimension, 1024);
        var (centre, one) = (zeros(dimension, dtype: float64), eye(dimension, dtype: float64));
        var exact = Gaussians.SinkhornDivergence(centre, one, mean, covariance, epsilon);
        var distance = Gaussians.SquaredDistance(centre, one, mean, covariance);
        var value = new SinkhornDivergence(epsilon).Terms(x, y).mean().item<double>();
        Console.WriteLine(FormattableString.Invariant($"N {dimension}: S {value:F4}, closed form {exact:F4}, W₂² {distance:F4}"));
        Assert.AreEqual(1, value / exact, tolerance);
        Assert.AreEqual(1, value / distance, ofDistance);
    }

    [TestMethod]
    [DataRow(0.5)]
    [DataRow(50.0)]
    public void ASetHasNoDivergenceFromItself(double epsilon)
    {
        using var scope = NewDisposeScope();
        var x = Draw.Normal(5, 40, 3).requires_grad_();
        var value = new SinkhornDivergence(epsilon, 1e-7).Terms(x, x.detach().flip(0)).mean();
        Assert.AreEqual(0, value.item<double>(), 1e-6);
        value.backward();
        Near.Assert(zeros_like(x), x.grad!, 1e-6);
    }

    [TestMethod]
    [DataRow(0.3)]
    [DataRow(5.0)]
    public void ItsDerivativeAgreesWithDifferences(double epsilon)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Draw.Normal(6, 6, 2), Draw.Normal(7, 6, 2).add(1));
        var objective = new SinkhornDivergence(epsilon, Tight);
        var leaf = x.clone().requires_grad_();
        objective.Terms(leaf, y).mean().backward();
        const double Step = 1e-4;
        for (var i = 0; i < 12; i++)
        {
            var shift = zeros(12, dtype: float64);
            shift[i] = Step;
            double At(int sign) => objective.Terms(x.add(shift.view(6, 2).mul(sign)), y).mean().item<double>();
            Assert.AreEqual((At(1) - At(-1)) / (2 * Step), leaf.grad!.view(-1)[i].item<double>(), 1e-6);
        }
    }

    [TestMethod]
    public void AnIterationThatDoesNotConvergeIsAnErrorThatSaysSo()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Draw.Normal(8, 64, 2), Draw.Normal(9, 64, 2));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => new SinkhornDivergence(1e-7).Terms(x, y));
        Assert.Contains("Expected Sinkhorn's iteration to converge", error.Message);
        Assert.Contains("raise epsilon", error.Message);
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void PointsThatAreNotFiniteGiveNaNAtOnce(double number)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Draw.Normal(8, 64, 2), Draw.Normal(9, 64, 2));
        x[3, 1] = number;
        Assert.IsTrue(double.IsNaN(new SinkhornDivergence(0.1).Terms(x, y).mean().item<double>()));
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-1.0)]
    [DataRow(double.NaN)]
    public void EpsilonIsPositive(double epsilon) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Objective.SinkhornDivergence(epsilon));

    private static (Tensor X, Tensor Y, Tensor Mean, Tensor Covariance) Pair(int dimension, int rows)
    {
        var factor = eye(dimension, dtype: float64).mul(1.5).add(Draw.Normal(10, dimension, dimension).tril(-1).mul(0.3));
        var mean = Draw.Normal(11, dimension).add(0.5);
        var y = Gaussians.RandomRows(13, rows, dimension).mm(factor.t()).add(mean);
        return (Gaussians.RandomRows(12, rows, dimension), y, mean, factor.mm(factor.t()));
    }

    private static IEnumerable<int[]> Permutations(int count) => count == 0
        ? [[]]
        : Permutations(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(place => (int[])[.. order[..place], count - 1, .. order[place..]]));
}
