using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="UniformDequantization"/>. It undoes itself level by level; its Jacobian is that within a bin.</summary>
internal sealed class DequantizationBijection(UniformDequantization fit) : Bijection(UniformDequantization.Kind)
{
    private readonly double _span = fit.Levels * fit.BinWidth;

    public static DequantizationBijection Restore(StoredComponent stored) =>
        new(new UniformDequantization(stored.Option<int>("levels"), stored.Option<double>("binWidth"), stored.Option<double>("minimum")));

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(x);
        var level = fit.LevelsOf(wide);
        var offset = generator is null ? ScoringNoise(level) : rand(x.shape, dtype: float64, generator: generator).to(x.device);
        var y = level.Add(offset).Div(fit.Levels);
        if (wide.requires_grad)
        {
            // Rounding has no slope: that of the line through the bin takes its place. The difference is zero.
            y = y.Add(wide.sub(wide.detach()).Div(_span));
        }

        return new Mapped(y, Constant(-Math.Log(_span), x)).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(y);
        var x = wide.detach().Mul(fit.Levels).floor().Clamp(0, fit.Levels - 1).Mul(fit.BinWidth).Add(fit.Minimum);
        if (wide.requires_grad)
        {
            x = x.Add(wide.sub(wide.detach()).Mul(_span));
        }

        return new Mapped(x, Constant(Math.Log(_span), y)).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind)
        .With("levels", fit.Levels).With("binWidth", fit.BinWidth).With("minimum", fit.Minimum);

    private static Tensor Constant(double perCoordinate, Tensor x) =>
        TensorFactories.Full(x.shape[0], x.shape[1] * perCoordinate, float64).to(x.device);

    private static Tensor ScoringNoise(Tensor level)
    {
        var (rows, width) = ((int)level.shape[0], (int)level.shape[1]);
        using var integers = level.to(int32, CPU).contiguous();
        var levels = MemoryMarshal.Cast<byte, int>(integers.bytes);
        var noise = new double[rows * width];
        for (var row = 0; row < rows; row++)
        {
            DequantizationNoise.Fill(levels.Slice(row * width, width), noise.AsSpan(row * width, width));
        }

        return tensor(noise, [rows, width], dtype: float64).to(level.device);
    }
}
