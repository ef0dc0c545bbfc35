using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class DirectionInitializerTests
{
    private static readonly Dictionary<string, DirectionInitializer> _initializers = new()
    {
        ["random"] = new RandomDirections(),
        ["subsets"] = new FeatureSubsets(),
        ["subsets of one"] = new FeatureSubsets(1),
        ["more than there are"] = new FeatureSubsets(50),
        ["patches"] = new LocalPatches(4, 3, 2),
        ["whole image"] = new LocalPatches(4, 3, 3),
    };

    private static IEnumerable<object[]> Names => _initializers.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void DirectionsHaveTheRightShapeAndAreNeverZero(string name)
    {
        using var scope = NewDisposeScope();
        var directions = DrawWith(name, 1, 100);
        CollectionAssert.AreEqual(new long[] { 100, 12 }, directions.shape);
        Assert.AreEqual(float64, directions.dtype);
        Assert.IsTrue(directions.abs().sum([1L]).gt(0).all().item<bool>());
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TheSeedDecides(string name)
    {
        using var scope = NewDisposeScope();
        Near.AssertBitEqual(DrawWith(name, 1, 20), DrawWith(name, 1, 20));
        Assert.AreNotEqual(0.0, Near.Difference(DrawWith(name, 1, 20), DrawWith(name, 2, 20)));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void DrawingFreesItsTensors(string name)
    {
        using var scale = ones(12, dtype: float64);
        using var generator = new Generator(1);
        Leaks.AssertNone(() => [_initializers[name].Draw(5, scale, generator)]);
    }

    [TestMethod]
    public void SubsetsMixOneToThreeFeaturesInUnitsOfTheirDeviation()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var scale = full(40, 5.0, dtype: float64);
        var directions = new FeatureSubsets(3).Draw(600, scale, generator);
        var mixed = directions.ne(0).sum(1);
        Assert.AreEqual(1, mixed.min().item<long>());
        Assert.AreEqual(3, mixed.max().item<long>());
        Assert.AreEqual(0.2, directions[directions.ne(0)].std().item<double>(), 0.02);
        Assert.IsTrue(directions.ne(0).any(0).all().item<bool>(), "Every feature occurs.");
    }

    [TestMethod]
    public void PatchesAreLocalAndReachEveryPixel()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = new LocalPatches(5, 4, 3).Draw(200, ones(20, dtype: float64), generator).view(200, 4, 5).ne(0);
        Assert.IsTrue(images.any(0).all().item<bool>());
        for (var j = 0; j < 200; j++)
        {
            using var inner = NewDisposeScope();
            var (rows, columns) = (images[j].any(1).nonzero(), images[j].any(0).nonzero());
            Assert.AreEqual(9, images[j].sum().item<long>());
            Assert.AreEqual(2, (rows.max() - rows.min()).item<long>());
            Assert.AreEqual(2, (columns.max() - columns.min()).item<long>());
        }
    }

    [TestMethod]
    public void AnImageOfAnotherSizeIsRefused()
    {
        using var scale = ones(13, dtype: float64);
        using var generator = new Generator(1);
        var error = Assert.ThrowsExactly<ArgumentException>(() => new LocalPatches(4, 3).Draw(5, scale, generator));
        Assert.Contains("4 x 3 = 12 pixels, got 13 features", error.Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LocalPatches(4, 3, 4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LocalPatches(0, 3, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FeatureSubsets(0));
    }

    private static Tensor DrawWith(string name, ulong seed, long count)
    {
        using var generator = new Generator(seed);
        using var scale = ones(12, dtype: float64);
        return _initializers[name].Draw(count, scale, generator);
    }
}
