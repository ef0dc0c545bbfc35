using System.Diagnostics;
using MAFlow.Tests;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Flow files from strangers: each is refused with a FormatException or is a model, quickly and in little memory.</summary>
[TestClass]
public sealed class HostileFlowFileTests
{
    private static readonly Dictionary<string, Func<DensityModel>> _models = new()
    {
        ["ridge after image preprocessing"] = () => Torch.Tests.Models.Make(),
        ["perceptron after standardization"] = () => Torch.Tests.Models.Make(BijectionFamily.Named("standardization"), Perceptron()),
        ["perceptron after histograms"] = () => Torch.Tests.Models.Make(BijectionFamily.Named("histograms"), Perceptron()),
        ["lattice with a final map"] = Lattice,
        ["ridge that changes with time"] = () => Torch.Tests.Models.Make(
            BijectionFamily.Named("standardization"), PotentialFamilies.TimeRidge(Activation.Softplus, 5, knots: 3)),
        ["pairs on a torus"] = () => new(
            new BijectionChain(), new MongeAmpereFlow(Torch.Tests.Pairs.Random(Torch.Tests.Pairs.Small with { Scales = [0], Knots = 1 }, 3, 4), new() { Depth = 2 })),
        ["every bijection at either end"] = EveryBijection,
    };

    private static IEnumerable<object[]> Names => _models.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void DamagedFilesAreRefusedOrAreModels(string name) => Load(name, 250, seed: 1);

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    [DynamicData(nameof(Names))]
    public void TenThousandDamagedFilesAreRefusedOrAreModels(string name) => Load(name, 10_000, seed: 2);

    [TestMethod]
    public void LatticesThatWouldTakeAllMemoryAreRefused()
    {
        using var scope = NewDisposeScope();
        var component = new StoredComponent("lattice-ridge").With("extents", Enumerable.Repeat(2, 12))
            .WithTensor("weight", ones(1, 4096)).WithTensor("amplitude", ones(1));
        Assert.Contains("axes", Assert.ThrowsExactly<FormatException>(() => LatticeRidgePotential.Restore(component)).Message);
    }

    private static void Load(string name, int count, int seed)
    {
        using var model = _models[name]();
        var intact = Torch.Tests.Models.Bytes(model);
        var random = new Random(seed);
        using var x = full([2, model.Dimension], 0.5, dtype: float64);
        var (refused, slowest) = (0, TimeSpan.Zero);
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            var bytes = HostileFiles.Damage(intact, random);
            var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            try
            {
                using var loaded = Torch.Tests.Models.Load(bytes);
                // A changed depth is a valid option; scoring with a given one keeps the test short.
                loaded.At(1).LogProb(x);
            }
            catch (FormatException)
            {
                refused++;
            }
            catch (ArgumentException)
            {
                // Still a model, which does not take these rows.
            }
            catch (Exception error) when (error is not UnitTestAssertException)
            {
                Assert.Fail($"Damage {i} of seed {seed}: {error}");
            }

            Near.IsBelow(16L << 20, GC.GetAllocatedBytesForCurrentThread() - before, $"Bytes allocated for damage {i} of seed {seed}.");
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }

        Assert.IsGreaterThan(count / 2, refused, "Damage was noticed.");
        Near.IsBelow(5, slowest.TotalSeconds, "Seconds for the slowest file.");
    }

    private static MlpPotential Perceptron()
    {
        using var generator = new Generator(1);
        return new MlpPotential(3, [3, 2], Activation.Softplus, generator);
    }

    private static DensityModel EveryBijection()
    {
        ArcsinhBijection.Register();
        Bijection[] before = [.. Named("chain in a chain", "affine chain in a chain", "table", "circulant", "arcsinh of a user")];
        Bijection[] final = [.. Named("smoothing", "standardization, arcsinh")];
        return new(new BijectionChain(before), new MongeAmpereFlow(Perceptron(), new() { Horizon = 1, Depth = 2 }, new BijectionChain(final)));
        static IEnumerable<Bijection> Named(params string[] names) => names.Select(name => BijectionFamily.Named(name).Fit());
    }

    private static DensityModel Lattice()
    {
        using var scope = NewDisposeScope();
        var lattice = Lattices.Lattice.Square(4);
        var potential = new LatticeRidgePotential(lattice, Draw.Normal(1, 2, 16).mul(0.2), Draw.Normal(2, 2).mul(0.1));
        return new(new BijectionChain(), new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 2 }, CirculantGaussianMap.For(new IsingEnergy(lattice, 0.3), float64)));
    }
}
