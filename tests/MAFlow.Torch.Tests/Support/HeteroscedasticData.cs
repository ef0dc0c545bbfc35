using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>y = N(μ(x), σ(x)²) with μ = 2 + 3 sin 2x and σ = 0.2 + 0.9 (x/2)², x uniform from -2 to 2; a second feature says nothing, a third
/// is constant.</summary>
internal static class HeteroscedasticData
{
    public static (Tensor Context, Tensor Rows) Draw(ulong seed, long rows)
    {
        using var generator = new Generator(seed);
        var uniform = rand([rows, 1], dtype: float64, generator: generator).mul(4).sub(2);
        var context = cat([uniform, randn([rows, 1], dtype: float64, generator: generator), full([rows, 1], 7, dtype: float64)], 1);
        var noise = randn([rows, 1], dtype: float64, generator: generator);
        return (context, Mean(context).add(noise.mul(Deviation(context))));
    }

    public static Tensor Mean(Tensor context) => context.narrow(1, 0, 1).mul(2).sin().mul(3).add(2);

    public static Tensor Deviation(Tensor context) => context.narrow(1, 0, 1).div(2).pow(2).mul(0.9).add(0.2);

    public static double Nll(Tensor context, Tensor rows)
    {
        var (mean, deviation) = (Mean(context), Deviation(context));
        return rows.sub(mean).div(deviation).pow(2).div(2).add(deviation.log()).mean().item<double>() + (0.5 * Math.Log(2 * Math.PI));
    }
}
