using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Amplitudes of a velocity in closed form, against least squares on the whole design.</summary>
[TestClass]
public sealed class NormalEquationsTests
{
    private readonly CandidateUnits _units = new(Draw.Normal(1, 5, 3), Draw.Normal(2, 5));
    private readonly PathPoints _path = new(Draw.Normal(3, 40, 3), Draw.Normal(4, 40, 3));
    private readonly NormalEquations _equations;

    public NormalEquationsTests() => _equations = NormalEquations.Of(_units, y => y.sigmoid(), _path, CancellationToken.None);

    /// <summary>One row for each coordinate of each point, one column for each unit.</summary>
    private static Tensor Design(CandidateUnits units, PathPoints path)
    {
        var slopes = path.Points.mm(units.Weight.t()).Add(units.Bias!).sigmoid();
        return slopes.unsqueeze(1).mul(units.Weight.t().unsqueeze(0)).reshape(-1, units.Count);
    }

    [TestMethod]
    public void WithoutAStrengthTheyGiveLeastSquares()
    {
        using var scope = NewDisposeScope();
        var expected = linalg.lstsq(Design(_units, _path), _path.Velocities.reshape(-1, 1)).Solution.squeeze(1);
        Near.Assert(expected, _equations.Solve(0), 1e-7);
    }

    [TestMethod]
    public void AStrengthIsAPenaltyOnEachUnitsShare()
    {
        using var scope = NewDisposeScope();
        const double Strength = 0.1;
        var design = Design(_units, _path);
        // The penalty as further rows: √(λ B M_jj) a_j = 0.
        var penalty = diag(_equations.Matrix.diagonal().Mul(Strength * 40).sqrt());
        var target = cat([_path.Velocities.reshape(-1, 1), zeros([5, 1], float64)]);
        var expected = linalg.lstsq(cat([design, penalty]), target).Solution.squeeze(1);
        Near.Assert(expected, _equations.Solve(Strength), 1e-9);
    }

    [TestMethod]
    public void TheLossIsWhatIsLeftOfTheVelocity()
    {
        using var scope = NewDisposeScope();
        var amplitude = Draw.Normal(5, 5);
        var left = _path.Velocities.reshape(-1).sub(Design(_units, _path).mv(amplitude)).Square().sum().item<double>() / 40;
        var all = _path.Velocities.Square().sum().item<double>() / 40;
        Assert.AreEqual(left - all, _equations.Loss(amplitude), 1e-9);
    }

    [TestMethod]
    public void EquationsOverTwoHalvesAreThoseOverAll()
    {
        using var scope = NewDisposeScope();
        NormalEquations Over(long start, long count) => NormalEquations.Of(
            _units, y => y.sigmoid(), new(_path.Points.narrow(0, start, count), _path.Velocities.narrow(0, start, count)), CancellationToken.None);
        var joined = Over(0, 10).Joined(Over(10, 30), 0.25);
        Near.Assert(_equations.Matrix, joined.Matrix, 1e-12);
        Near.Assert(_equations.Target, joined.Target, 1e-12);
    }

    /// <summary>A unit that is there twice, and one that is off everywhere, make the matrix singular.</summary>
    [TestMethod]
    public void SingularEquationsHaveAFiniteSolution()
    {
        using var scope = NewDisposeScope();
        var weight = cat([_units.Weight, _units.Weight]);
        var units = new CandidateUnits(weight, cat([_units.Bias!, _units.Bias!.narrow(0, 0, 4), tensor([-1e4])]));
        var solution = NormalEquations.Of(units, y => y.sigmoid(), _path, CancellationToken.None).Solve(0);
        Assert.IsTrue(solution.isfinite().all().item<bool>());
        Near.Assert(Design(_units, _path).mv(_equations.Solve(0)), Design(units, _path).mv(solution), 1e-3);
    }

    [TestMethod]
    public void AVelocityThatUnitsMakeIsRecoveredWithItsUnits()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (chosen, amplitude) = (tensor([2L, 11, 17, 23]), tensor([0.7, -0.4, 1.1, 0.2]));
        var potential = RidgePotential.AtRest(Draw.Normal(6, 4, 3), Activation.Softplus, generator, dtype: ScalarType.Float64);
        var path = PathPoints.Draw(Draw.Correlated(7, 400), 0.2, 0.9, 800, generator);
        var candidates = CandidateUnits.Draw(potential, path, 30, new(), generator);
        var velocity = Design(candidates.Select(chosen), path).mv(amplitude).reshape(-1, 3);
        var equations = NormalEquations.Of(candidates, ((IUnitPotential)potential).Slopes, new(path.Points, velocity), CancellationToken.None);
        Near.Assert(amplitude, equations.Select(chosen).Solve(0), 1e-6);
        var found = ForwardSelection.Choose(equations, 1e-12, 12);
        Near.IsBelow(1e-6, Math.Abs(equations.Select(found).Loss(equations.Select(found).Solve(0)) - equations.Select(chosen).Loss(amplitude)));
    }

    [TestMethod]
    public void EachUnitThatIsChosenIsTheOneThatExplainsMostOfTheRest()
    {
        using var scope = NewDisposeScope();
        const double Strength = 0.03;
        var units = new CandidateUnits(Draw.Normal(11, 9, 3), Draw.Normal(12, 9));
        var equations = NormalEquations.Of(units, y => y.sigmoid(), _path, CancellationToken.None);
        var expected = new List<long>();
        for (var k = 0; k < 4; k++)
        {
            expected.Add(Enumerable.Range(0, 9).Select(j => (long)j).Except(expected).MinBy(j => Left(equations.Select(tensor([.. expected, j])))));
        }

        CollectionAssert.AreEqual(expected.Order().ToArray(), ForwardSelection.Choose(equations, Strength, 4).data<long>().ToArray());

        // The least value of aᵀ(M + λ diag M)a - 2cᵀa.
        static double Left(NormalEquations some) => -some.Target.dot(some.Solve(Strength)).item<double>();
    }

    [TestMethod]
    public void PathsEndInNoiseAndData()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var rows = Draw.Normal(1, 10, 2);
        var end = PathPoints.Draw(rows, Math.PI / 2, Math.PI / 2, 20, generator);
        Near.Assert(rows.repeat(2, 1), end.Points, 1e-14);
        Near.IsBelow(0.2, Math.Abs(PathPoints.Draw(rows, 0, 0, 4000, generator).Points.var().item<double>() - 1));
        Near.Assert(rows.repeat(2, 1), PathPoints.Draw(rows, 0, 0, 20, generator).Velocities, 1e-14);
    }
}
