using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Densities of particles do not change under permutations, rotations and reflections, nor do their displacements under
/// translations.</summary>
[TestClass]
public sealed class ParticleInvarianceTests
{
    private static IEnumerable<object[]> Sizes => from n in new[] { 2, 3, 5 } from d in new[] { 1, 2, 3 } select new object[] { n, d };

    [TestMethod]
    [DynamicData(nameof(Sizes))]
    public void LogProbIsUnchangedByPermutationsRotationsAndReflections(int particles, int coordinates)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(Particles.Random(particles, coordinates), new() { Depth = 8 });
        var x = Draw.Normal(1, 4, particles, coordinates);
        var expected = flow.LogProb(x.flatten(1));
        for (var seed = 2UL; seed < 7; seed++)
        {
            using var generator = new Generator(seed);
            var order = randperm(particles, dtype: int64, generator: generator);
            // Orthogonal, and a reflection as often as not.
            var (rotation, _) = linalg.qr(Draw.Normal(seed, coordinates, coordinates));
            var moved = x.index_select(1, order).matmul(rotation);
            Near.Assert(expected, flow.LogProb(moved.flatten(1)), 1e-10);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Sizes))]
    public void TranslationsChangeTheCentreOfMassAlone(int particles, int coordinates)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = new MongeAmpereFlow(Particles.Random(particles, coordinates), new() { Depth = 8 });
        var width = flow.Potential.get_parameter("stretch")![1].exp().item<double>();
        var x = Draw.Normal(1, 4, particles, coordinates);
        var moved = x.add(Draw.Normal(2, 1, 1, coordinates));
        // ln of the normal density of √n times the centre.
        Tensor Centre(Tensor points) => points.mean([1L]).square().sum([1L]).mul(-0.5 * particles / (width * width));
        Near.Assert(
            flow.LogProb(x.flatten(1)).sub(Centre(x)), flow.LogProb(moved.flatten(1)).sub(Centre(moved)), 1e-10);
    }

    [TestMethod]
    public void InABoxVelocitiesAreThoseOfEveryImage()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var potential = Particles.Random(4, 2, Particles.Small with { Range = 1.5, Box = 3 });
        var x = Draw.Normal(3, 5, 4, 2);
        var image = x.add(randint(-3, 4, [5, 4, 2], dtype: float64), alpha: 3).add(Draw.Normal(4, 1, 1, 2));
        foreach (var time in new[] { 0.4, 0.9 })
        {
            Near.Assert(potential.Gradient(x.flatten(1), time), potential.Gradient(image.flatten(1), time), 1e-10);
            Near.Assert(potential.Laplacian(x.flatten(1), time), potential.Laplacian(image.flatten(1), time), 1e-10);
        }
    }

    /// <summary>Forces end smoothly before the nearest image changes.</summary>
    [TestMethod]
    public void InABoxNothingJumpsAtHalfTheSide()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var potential = Particles.Random(2, 1, Particles.Small with { Range = 1.5, Box = 3 });
        var x = tensor(new double[,] { { 0, 1.5 - 1e-6 }, { 0, 1.5 + 1e-6 } });
        Assert.IsTrue(potential.Gradient(tensor(new double[,] { { 0, 1 } }), 0.9).abs().max().item<double>() > 1e-3);
        Near.IsBelow(1e-12, potential.Gradient(x, 0.9).abs().max().item<double>());
        Near.IsBelow(1e-8, potential.Laplacian(x, 0.9).abs().max().item<double>());
    }

    [TestMethod]
    public void EnergiesAreUnchangedByRotationsAndImages()
    {
        using var scope = NewDisposeScope();
        using var wells = ParticleEnergy.DoubleWells();
        using var cluster = ParticleEnergy.LennardJones(5);
        foreach (var (energy, coordinates) in new[] { (wells, 2), (cluster, 3) })
        {
            var x = Draw.Normal(5, 6, energy.Dimension / coordinates, coordinates).mul(2);
            var (rotation, _) = linalg.qr(Draw.Normal(6, coordinates, coordinates));
            var (value, moved) = (energy.Value(x.flatten(1)), energy.Value(x.matmul(rotation).flatten(1)));
            Near.Assert(zeros_like(value), moved.sub(value).div(value.abs().add(1)), 1e-10);
        }

        using var box = ParticleEnergy.LennardJonesInBox(4, 5, 2.5);
        var place = Draw.Uniform(7, 3, 4, 3).mul(5);
        var image = place.add(randint(-2, 3, [3, 4, 3], dtype: float64), alpha: 5);
        Tensor Bare(Tensor x) => box.Value(x.flatten(1)).sub(x.square().sum([1L, 2L]).div(2 * 150.0 * 150.0));
        var bare = Bare(place);
        Near.Assert(zeros_like(bare), Bare(image).sub(bare).div(bare.abs().add(1)), 1e-10);
    }
}
