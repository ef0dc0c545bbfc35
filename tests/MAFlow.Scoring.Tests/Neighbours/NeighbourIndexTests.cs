using MAFlow.Scoring.Neighbours;

namespace MAFlow.Scoring.Tests;

/// <summary>The search is exact, and a row has one distance whatever it is asked with.</summary>
[TestClass]
public sealed class NeighbourIndexTests
{
    [TestMethod]
    [DataRow(3, 1, 1)]
    [DataRow(17, 5, 2)]
    [DataRow(1000, 30, 5)]
    [DataRow(200, 130, 100)]
    public void DistancesAreThoseOfATrialOfAllRows(int count, int features, int neighbours)
    {
        var random = new Random(1);
        neighbours = Math.Min(neighbours, count - 1);
        var (references, rows) = (Rows(random, count, features), Rows(random, 50, features));
        float[] centre = [.. Rows(random, 1, features)], scale = [.. Enumerable.Range(0, features).Select(_ => 0.1f + random.NextSingle())];
        var index = new NeighbourIndex(references, centre, scale, neighbours);
        AssertNear(Trial(references, rows, features, scale, neighbours, areReferences: false), Measure(index, rows));
        AssertNear(Trial(references, references, features, scale, neighbours, areReferences: true), Measure(index, references, areReferences: true));
    }

    [TestMethod]
    public void ACopyOfAReferenceIsAtNoDistanceHoweverFarFromTheCentre()
    {
        var references = Rows(new Random(2), 100, 4).Select(value => value + 1e6f).ToArray();
        var index = new NeighbourIndex([.. references, .. references], new float[4], [1, 1, 1, 1], 2);
        CollectionAssert.AreEqual(new float[100], Measure(index, references));
    }

    [TestMethod]
    public void TheCompanyOfARowDoesNotChangeItsDistance()
    {
        var random = new Random(3);
        var index = new NeighbourIndex(Rows(random, 3000, 7), new float[7], [1, 2, 3, 4, 5, 6, 7], 3);
        var rows = Rows(random, 500, 7);
        var whole = Measure(index, rows);
        for (var row = 0; row < 500; row += 37)
        {
            Assert.AreEqual(whole[row], Measure(index, rows[(row * 7)..((row + 1) * 7)])[0]);
            var from = Math.Max(0, row - 5);
            Assert.AreEqual(whole[row], Measure(index, rows[(from * 7)..((row + 1) * 7)])[row - from]);
        }
    }

    [TestMethod]
    public void UnusualRows()
    {
        var index = new NeighbourIndex(Rows(new Random(4), 40, 2), [0, 0], [1, 1e30f], 2);
        var distances = Measure(index,
            [float.NaN, 0, float.PositiveInfinity, 0, 0, float.NegativeInfinity, float.NaN, float.PositiveInfinity, float.MaxValue, float.MinValue, 0, 0]);
        Assert.IsTrue(float.IsNaN(distances[0]) && float.IsNaN(distances[3]));
        Assert.IsTrue(float.IsPositiveInfinity(distances[1]) && float.IsPositiveInfinity(distances[2]));
        Assert.AreEqual(float.MaxValue, distances[4]);
        Assert.IsTrue(float.IsFinite(distances[5]));
    }

    private static float[] Measure(NeighbourIndex index, float[] rows, bool areReferences = false)
    {
        var distances = new float[rows.Length / index.Dimension];
        index.Measure(rows, distances, areReferences);
        return distances;
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        for (var row = 0; row < expected.Length; row++)
        {
            Assert.AreEqual(expected[row], actual[row], 1e-6 * expected[row], $"row {row}");
        }
    }

    private static float[] Trial(float[] references, float[] rows, int features, float[] scale, int neighbours, bool areReferences) =>
    [
        .. rows.Chunk(features).Select((row, number) => (float)references.Chunk(features)
            .Where((_, other) => !areReferences || other != number)
            .Select(other => Math.Sqrt(Enumerable.Range(0, features).Sum(i => Math.Pow(((double)row[i] - other[i]) * scale[i], 2))))
            .Order().Take(neighbours).Average()),
    ];

    private static float[] Rows(Random random, int rows, int features) =>
        [.. Enumerable.Range(0, rows * features).Select(_ => (4 * random.NextSingle()) - 2)];
}
