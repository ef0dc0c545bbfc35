using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Seeded float64 numbers.</summary>
internal static class Draw
{
    public static Tensor Normal(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: float64, generator: generator);
    }

    public static Tensor Uniform(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return rand(shape, dtype: float64, generator: generator);
    }

    public static Tensor Levels(ulong seed, int levels, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randint(0, levels, shape, dtype: float64, generator: generator);
    }

    /// <summary>Three features that depend on each other, with means and scales of their own.</summary>
    public static Tensor Correlated(ulong seed, long rows)
    {
        using var scope = NewDisposeScope();
        var mixing = tensor(new double[,] { { 2, 0, 0 }, { 1, 0.5, 0 }, { -0.3, 0.2, 0.1 } });
        return Normal(seed, rows, 3).mm(mixing.t()).add(tensor(new double[] { 5, -1, 0.5 })).MoveToOuterDisposeScope();
    }
}
