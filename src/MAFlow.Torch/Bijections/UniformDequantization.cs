using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Spreads quantised values over their bins: y = (k + u)/levels in (0, 1), where x = minimum + k·binWidth and u is uniform.</summary>
/// <remarks>
/// Densities are per unit of x, so with the bin width stated here -ln p bounds the negative log-probability of the discrete value up to N ln binWidth.
/// Training draws u afresh; scoring uses noise that is a fixed function of the row. Uria, Murray, Larochelle (2013); Theis et al. (2016).
/// </remarks>
public sealed class UniformDequantization : PreprocessingStep
{
    internal const string Kind = "uniform-dequantization";

    /// <summary>Creates the step.</summary>
    /// <param name="levels">Number of values a coordinate can take, at least 2: 256 for 8-bit images.</param>
    /// <param name="binWidth">Distance between neighbouring values, positive.</param>
    /// <param name="minimum">Smallest value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two levels, or a width that is not positive.</exception>
    public UniformDequantization(int levels, double binWidth = 1, double minimum = 0)
    {
        TensorChecks.RequireOption(levels, 2, 1 << 24);
        TensorChecks.RequireAtLeast(binWidth, double.Epsilon);
        TensorChecks.RequireAtLeast(minimum, double.MinValue);
        (Levels, BinWidth, Minimum) = (levels, binWidth, minimum);
    }

    /// <summary>Number of values a coordinate can take.</summary>
    public int Levels { get; }

    /// <summary>Distance between neighbouring values.</summary>
    public double BinWidth { get; }

    /// <summary>Smallest value.</summary>
    public double Minimum { get; }

    /// <inheritdoc/>
    public override DataTransform Fit(Tensor data)
    {
        var transform = new Transform(this);
        using var _ = transform.LevelsOf(data);
        return transform;
    }

    internal static DataTransform Restore(StoredComponent stored) =>
        new Transform(new UniformDequantization(stored.Option<int>("levels"), stored.Option<double>("binWidth"), stored.Option<double>("minimum")));

    private sealed class Transform(UniformDequantization step) : DataTransform(UniformDequantization.Kind)
    {
        public override TransformedPoints Forward(Tensor x, Generator? noise = null)
        {
            using var scope = NewDisposeScope();
            var level = LevelsOf(x);
            var offset = noise is null ? ScoringNoise(level) : rand(x.shape, dtype: float64, generator: noise);
            var y = level.Add(offset).Div(step.Levels);
            var logDeterminant = TensorFactories.Full(x.shape[0], -x.shape[1] * Math.Log(step.Levels * step.BinWidth), float64);
            return new TransformedPoints(y, logDeterminant).MoveToOuterDisposeScope();
        }

        public override Tensor Inverse(Tensor y)
        {
            using var scope = NewDisposeScope();
            return y.Mul(step.Levels).floor().Clamp(0, step.Levels - 1).Mul(step.BinWidth).Add(step.Minimum).MoveToOuterDisposeScope();
        }

        /// <summary>The index k of each value's bin, after checking that there is one.</summary>
        public Tensor LevelsOf(Tensor x)
        {
            using var scope = NewDisposeScope();
            TensorChecks.RequireFinite(x, "the data");
            // In place: a training set of images would otherwise be held five times.
            var position = x.Sub(step.Minimum).Div_(step.BinWidth);
            var level = position.round();
            var valid = position.sub_(level).abs_().Le(1e-3).logical_and(level.Ge(0)).logical_and(level.Lt(step.Levels));
            if (!valid.all().item<bool>())
            {
                var place = valid.logical_not().nonzero()[0];
                var (row, feature) = (place[0].item<long>(), place[1].item<long>());
                throw new ArgumentException(FormattableString.Invariant(
                    $"Expected values {step.Minimum}, {step.Minimum + step.BinWidth}, ..., {step.Minimum + ((step.Levels - 1) * step.BinWidth)} ({step.Levels} levels of width {step.BinWidth}), got {x[row, feature].item<double>()} in row {row}, feature {feature}; declare the range with new UniformDequantization(levels, binWidth, minimum), or leave dequantisation out for continuous data."));
            }

            return level.MoveToOuterDisposeScope();
        }

        internal override StoredComponent Store() => new(
            Kind,
            new JsonObject { ["levels"] = step.Levels, ["binWidth"] = step.BinWidth, ["minimum"] = step.Minimum },
            new Dictionary<string, Tensor>());

        private static Tensor ScoringNoise(Tensor level)
        {
            var (rows, width) = ((int)level.shape[0], (int)level.shape[1]);
            using var integers = level.to(int32).contiguous();
            var levels = MemoryMarshal.Cast<byte, int>(integers.bytes);
            var noise = new double[rows * width];
            for (var row = 0; row < rows; row++)
            {
                DequantizationNoise.Fill(levels.Slice(row * width, width), noise.AsSpan(row * width, width));
            }

            return tensor(noise, [rows, width], dtype: float64);
        }
    }
}
