using System.Runtime.InteropServices;
using CsCheck;
using MAFlow.Scoring.Numerics;
using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>A row has one result, bit for bit: in any batch, at any position, on any number of threads, with vectors of any width.</summary>
[TestClass]
public sealed class OneRowOneResultTests
{
    private static readonly Gen<ScalarType> _types = Gen.Bool.Select(isWide => isWide ? ScalarType.Float64 : ScalarType.Float32);

    [TestMethod]
    public void OverRandomTablesAndSplits() =>
        Gen.Select(Gen.Int[0, Table.All.Count - 1], Gen.Int[0, Potentials.Names.Count() - 1], _types, Gen.Int[1, 90], Gen.Int[1, 9], Gen.ULong)
            .Sample((table, potential, type, count, depth, seed) =>
            {
                using var scope = NewDisposeScope();
                using var model = new DensityModel(
                    Table.All[table].Fit(), new(Potentials.Create(Potentials.Names.ElementAt(potential), type), new() { Horizon = 1, Depth = depth }));
                var bytes = Scorers.Bytes(model);
                var rows = Scorers.Numbers(Table.All[table].Data(seed, count));
                var whole = All(Scorers.Load(bytes, VectorWidth.Bits256), rows, count);
                AssertSame(whole, All(Scorers.Load(bytes, VectorWidth.Bits512), rows, count), "wider vectors");
                AssertSame(whole, All(Scorers.Load(bytes).OnThreads(1), rows, count), "one thread");
                AssertSame(whole, All(Scorers.Load(bytes), rows, 1), "row by row");
                var random = new Random((int)(seed % 1000));
                AssertSame(whole, All(Scorers.Load(bytes), rows, random.Next(2, 40)), "batches");
                int[] order = [.. Enumerable.Range(0, count)];
                random.Shuffle(order);
                var shuffled = All(Scorers.Load(bytes), [.. order.SelectMany(row => rows[(row * 3)..((row + 1) * 3)])], count);
                AssertSame([.. order.SelectMany(row => whole[row])], [.. shuffled.SelectMany(row => row)], "another order");
            }, iter: 40, threads: 1);

    [TestMethod]
    public void OverManyRowsOnManyThreads()
    {
        using var scope = NewDisposeScope();
        using var model = Scorers.Model("anomalies", Potentials.Create("softplus, several panels", ScalarType.Float32), new() { Horizon = 1, Depth = 16 });
        var rows = Scorers.Numbers(Table.Named("anomalies").Data(5, 3001));
        var scorer = Scorers.Of(model);
        var alone = scorer.OnThreads(1).LogProb(rows);
        foreach (var threads in (int[])[2, 3, 8])
        {
            AssertSame(alone, scorer.OnThreads(threads).LogProb(rows), $"{threads} threads");
        }

        // And from many threads at once.
        Parallel.For(0, 8, _ => AssertSame(alone, scorer.OnThreads(2).LogProb(rows), "calls at once"));
    }

    [TestMethod]
    public void NumbersInFloat32GiveTheSameAsTheirValuesInFloat64()
    {
        using var scope = NewDisposeScope();
        using var model = Scorers.Model("affine", Potentials.Create("piecewise", ScalarType.Float32));
        float[] rows = [.. Scorers.Numbers(Draw.Correlated(5, 50)).Select(value => (float)value)];
        var scorer = Scorers.Of(model);
        CollectionAssert.AreEqual(scorer.LogProb([.. rows.Select(value => (double)value)]).Select(value => (float)value).ToArray(), scorer.LogProb(rows));
    }

    /// <summary>ln p, code, row of the code and gradient of each row.</summary>
    private static double[][] All(DensityScorer scorer, double[] rows, int batch)
    {
        var count = rows.Length / 3;
        var result = new double[count][];
        for (var start = 0; start < count; start += batch)
        {
            var part = rows[(start * 3)..(Math.Min(count, start + batch) * 3)];
            var (z, logProb) = (new double[part.Length], new double[part.Length / 3]);
            scorer.Encode(part, z, logProb);
            var (decoded, gradient) = (scorer.Decode(z), scorer.ScoreGradient(part));
            for (var row = 0; row < logProb.Length; row++)
            {
                var own = (row * 3)..((row + 1) * 3);
                result[start + row] = [logProb[row], .. z[own], .. decoded[own], .. gradient[own]];
            }
        }

        return result;
    }

    private static void AssertSame(double[][] expected, double[][] actual, string what) =>
        AssertSame(expected.SelectMany(row => row).ToArray(), actual.SelectMany(row => row).ToArray(), what);

    private static void AssertSame(double[] expected, double[] actual, string what) =>
        CollectionAssert.AreEqual(MemoryMarshal.Cast<double, long>(expected).ToArray(), MemoryMarshal.Cast<double, long>(actual).ToArray(), what);
}
