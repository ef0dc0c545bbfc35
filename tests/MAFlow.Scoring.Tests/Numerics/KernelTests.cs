using System.Runtime.InteropServices;
using CsCheck;
using MAFlow.Scoring.Flows;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Scoring.Tests;

/// <summary>The loops are accurate, and give the same bits with vectors of either width.</summary>
[TestClass]
public sealed class KernelTests
{
    [TestMethod]
    public void HiddenUnitsInFloat32AreAccurateToTwoUnitsInTheLastPlace()
    {
        float[] y = [.. Enumerable.Range(-16_000, 32_000).Select(i => i / 800f), .. Enumerable.Range(1, 64).Select(i => MathF.Pow(2, -i))];
        foreach (var width in Enum.GetValues<VectorWidth>())
        {
            var kernels = Kernels.Single(width);
            var (s, squares) = (new float[y.Length], new float[y.Length]);
            kernels.Logistic(y, s, squares, 0);
            Near.IsBelow(2.5, y.Zip(s, (x, value) => Units(1 / (1 + Math.Exp(-(double)x)), value)).Max(), "logistic");
            kernels.Tangent(y, s, squares, 0);
            Near.IsBelow(2.5, y.Zip(s, (x, value) => Units(Math.Tanh(x), value)).Max(), "tanh");
        }

        static double Units(double exact, float value) => exact == value ? 0 : Math.Abs(exact - value) / (MathF.BitIncrement(MathF.Abs((float)exact)) - MathF.Abs((float)exact));
    }

    [TestMethod]
    public void HiddenUnitsInFloat64AreAccurateToTheLastDigits()
    {
        double[] y = [.. Enumerable.Range(-16_000, 32_000).Select(i => i / 800.0), .. Enumerable.Range(1, 64).Select(i => Math.Pow(2, -i))];
        foreach (var width in Enum.GetValues<VectorWidth>())
        {
            var kernels = Kernels.Double(width);
            var (s, squares) = (new double[y.Length], new double[y.Length]);
            kernels.Logistic(y, s, squares, 0);
            Near.IsBelow(1e-15, y.Zip(s, (x, value) => Math.Abs((value * (1 + Math.Exp(-x))) - 1)).Max(), "logistic");
            kernels.Tangent(y, s, squares, 0);
            Near.IsBelow(1e-15, y.Zip(s, (x, value) => x == 0 ? 0 : Math.Abs((value / Math.Tanh(x)) - 1)).Max(), "tanh");
        }
    }

    [TestMethod]
    public void HiddenUnitsSaturateAndKeepNaN()
    {
        float[] y = new float[16];
        new[] { float.NegativeInfinity, -1e30f, 1e30f, float.PositiveInfinity, float.NaN }.CopyTo(y, 0);
        foreach (var width in Enum.GetValues<VectorWidth>())
        {
            var (s, squares) = (new float[16], new float[16]);
            Kernels.Single(width).Logistic(y, s, squares, 1);
            Near.IsBelow(1e-37f, Math.Max(s[0], s[1]));
            CollectionAssert.AreEqual(new[] { 1f, 1f, float.NaN, 0.5f }, s[2..6]);
            Kernels.Single(width).Tangent(y, s, squares, 1);
            CollectionAssert.AreEqual(new[] { -1f, -1f, 1f, 1f, float.NaN, 0f }, s[..6]);
        }
    }

    /// <summary>A sum of fused multiplications over k in order is what every element of a product is.</summary>
    [TestMethod]
    public void AProductIsASumInOrder() => Gen.Select(Gen.Int[1, 20], Gen.Int[1, 40], Gen.Int[1, 150], Gen.Int[0, 9999]).Sample((rows, inner, columns, seed) =>
    {
        var random = new Random(seed);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        var (left, right, factor) = (Draw(rows * inner), Draw(inner * columns), (float)random.NextDouble());
        var panels = new Panels<float>(inner, columns, (k, j) => right[(k * columns) + j]);
        var start = Draw(rows * panels.Columns);
        foreach (var width in Enum.GetValues<VectorWidth>())
        {
            var result = new float[rows * panels.Columns];
            Kernels.Single(width).Multiply(left, inner, rows, panels, start, panels.Columns, factor, result);
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < columns; j++)
                {
                    var sum = 0f;
                    for (var k = 0; k < inner; k++)
                    {
                        sum = MathF.FusedMultiplyAdd(left[(i * inner) + k], right[(k * columns) + j], sum);
                    }

                    Assert.AreEqual(MathF.FusedMultiplyAdd(sum, factor, start[(i * panels.Columns) + j]), result[(i * panels.Columns) + j], $"{width} [{i}, {j}]");
                }
            }
        }
    }, iter: 60, threads: 1);

    [TestMethod]
    public void BothWidthsGiveTheSameBits() => Gen.Select(Gen.Double[-100, 100].Array[16], Gen.Double[-1, 1]).Sample((numbers, weight) =>
    {
        SameBits(width => Kernels.Double(width), [.. numbers], weight);
        SameBits(width => Kernels.Single(width), [.. numbers.Select(number => (float)number)], (float)weight);
    }, iter: 200, threads: 1);

    private static void SameBits<T>(Func<VectorWidth, Kernels<T>> create, T[] y, T weight)
        where T : unmanaged
    {
        var answers = Enum.GetValues<VectorWidth>().Select(width =>
        {
            var (kernels, result, squares) = (create(width), new T[6 * y.Length], new T[y.Length]);
            kernels.Logistic(y, result.AsSpan(0, y.Length), squares, weight);
            kernels.Tangent(y, result.AsSpan(y.Length, y.Length), squares, weight);
            kernels.Combine(result, [new(0, 0.3), new(1, -0.7)], 0.1, result.AsSpan(2 * y.Length, y.Length), squares);
            y.CopyTo(result, 3 * y.Length);
            kernels.Adjoint(result.AsSpan(0, y.Length), new(0.5, 1, -1), weight, y, result.AsSpan(y.Length, y.Length), result.AsSpan(3 * y.Length, y.Length));
            squares.CopyTo(result, 4 * y.Length);
            return MemoryMarshal.AsBytes<T>(result).ToArray();
        }).ToList();
        CollectionAssert.AreEqual(answers[0], answers[1]);
    }

    [TestMethod]
    public void NamesOfActivationsAreChecked() => Assert.ThrowsExactly<FormatException>(() => Activation<float>.ByName("relu"));
}
