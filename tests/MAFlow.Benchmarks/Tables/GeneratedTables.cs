using static TorchSharp.torch;

namespace MAFlow.Benchmarks.Tables;

/// <summary>Five tables with known difficulties.</summary>
internal static class GeneratedTables
{
    private const int Rows = 12_500;

    public static IEnumerable<NumericTable> All(ulong seed)
    {
        yield return Make("eight Gaussians", EightGaussians, seed);
        yield return Make("checkerboard", Checkerboard, seed);
        yield return Make("two moons", TwoMoons, seed);
        yield return Make("curved, 10-D", Curved, seed);
        yield return Make("mixed, 20-D", Mixed, seed);
    }

    private static NumericTable Make(string name, Func<Generator, Tensor> draw, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(100 + seed);
        return NumericTable.Split(name, draw(generator), seed);
    }

    private static Tensor Uniform(Generator generator, params long[] shape) => rand(shape, dtype: float64, generator: generator);

    private static Tensor Normal(Generator generator, params long[] shape) => randn(shape, dtype: float64, generator: generator);

    private static Tensor EightGaussians(Generator generator)
    {
        var angle = randint(0, 8, [Rows], dtype: float64, generator: generator).mul(Math.PI / 4);
        return stack([angle.cos(), angle.sin()], 1).mul(2).add(Normal(generator, Rows, 2).mul(0.2));
    }

    private static Tensor Checkerboard(Generator generator)
    {
        var x = Uniform(generator, Rows).mul(4).sub(2);
        var y = Uniform(generator, Rows).sub(randint(0, 2, [Rows], dtype: float64, generator: generator).mul(2)).add(x.floor().remainder(2));
        return stack([x, y], 1);
    }

    private static Tensor TwoMoons(Generator generator)
    {
        var angle = Uniform(generator, Rows).mul(Math.PI);
        var side = randint(0, 2, [Rows], dtype: float64, generator: generator);
        var sign = side.mul(-2).add(1);
        return stack([angle.cos().mul(sign).add(side), angle.sin().mul(sign).add(side.mul(0.5))], 1).add(Normal(generator, Rows, 2).mul(0.1));
    }

    /// <summary>Each feature bends around the one before.</summary>
    private static Tensor Curved(Generator generator)
    {
        var columns = new List<Tensor> { Normal(generator, Rows) };
        for (var k = 1; k < 10; k++)
        {
            var before = columns[^1];
            columns.Add(before.mul(1.5).sin().add(before.square().mul(k % 3 == 0 ? 0.3 : 0)).add(Normal(generator, Rows).mul(0.3)));
        }

        return stack(columns, 1);
    }

    /// <summary>Counts, categories, heavy tails, shares of zeros, and features that depend on them.</summary>
    private static Tensor Mixed(Generator generator)
    {
        var columns = new List<Tensor>();
        var hidden = Normal(generator, Rows, 3);
        for (var k = 0; k < 20; k++)
        {
            var signal = hidden.select(1, k % 3).add(Normal(generator, Rows).mul(0.4));
            columns.Add((k % 5) switch
            {
                0 => signal,
                1 => signal.mul(1.5).exp(),
                2 => signal.mul(1.5).round(),
                3 => signal.gt(0).to(float64),
                _ => where(signal.gt(0.5), signal.square(), zeros_like(signal)),
            });
        }

        return stack(columns, 1);
    }
}
