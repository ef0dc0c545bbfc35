using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Mean and standard deviation of each feature, after checking that the data has both.</summary>
/// <param name="Mean">μ, shape [N].</param>
/// <param name="Deviation">σ, shape [N], positive.</param>
internal readonly record struct FeatureMoments(Tensor Mean, Tensor Deviation)
{
    /// <summary>Moments of the rows of float64 data.</summary>
    /// <exception cref="ArgumentException">Fewer than two rows, a value that is not finite, or a constant feature.</exception>
    public static FeatureMoments Of(Tensor data)
    {
        if (data.dim() != 2 || data.shape[0] < 2)
        {
            throw new ArgumentException(
                $"Expected at least 2 rows of data to fit a scale, got {TensorChecks.Format(data.shape)}.", nameof(data));
        }

        TensorChecks.RequireFinite(data, "the data");
        using var scope = NewDisposeScope();
        var mean = data.mean([0L]);
        var deviation = data.sub(mean).Square().mean([0L]).sqrt();
        // Rounding leaves a constant feature a deviation of about 1e-16 of its size.
        var constant = deviation.le(mean.abs().Mul(1e-12)).nonzero();
        if (constant.shape[0] > 0)
        {
            var feature = constant[0, 0].item<long>();
            throw new ArgumentException(
                $"Expected features that vary, got {constant.shape[0]} constant ones, first feature {feature} "
                + FormattableString.Invariant($"(always {mean[feature].item<double>()}); a density has no scale there: ")
                + "drop the feature, or dequantise it first if it is a count or a pixel.");
        }

        return new(mean.MoveToOuterDisposeScope(), deviation.MoveToOuterDisposeScope());
    }

    /// <summary>Checks tensors that came from a file.</summary>
    /// <exception cref="FormatException">They are no moments.</exception>
    public static void RequireValid(Tensor mean, Tensor deviation, string kind)
    {
        using var scope = NewDisposeScope();
        if (mean.dim() != 1 || mean.shape[0] == 0 || deviation.dim() != 1 || mean.shape[0] != deviation.shape[0]
            || mean.dtype != ScalarType.Float64 || deviation.dtype != ScalarType.Float64
            || !mean.isfinite().all().item<bool>() || !deviation.isfinite().logical_and(deviation.Gt(0)).all().item<bool>())
        {
            throw new FormatException(
                $"Expected finite means and positive deviations, one float64 pair per feature, in the stored {kind}; the file is damaged.");
        }
    }
}
