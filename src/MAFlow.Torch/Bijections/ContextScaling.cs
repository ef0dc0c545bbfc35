using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Contexts in units of their spread: c = (x - m)/σ, cut at ±<see cref="Limit"/>; 0 in a column that never changed.</summary>
internal sealed class ContextScaling : IDisposable
{
    internal const string Kind = "context-scaling";

    /// <summary>Deviations after which a context counts as no farther: what lies beyond was never seen.</summary>
    private const double Limit = 10;
    private readonly Tensor _mean;
    private readonly Tensor _scale;

    /// <param name="mean">m, shape [C], float64.</param>
    /// <param name="scale">1/σ, shape [C], float64; 0 in columns that are constant.</param>
    public ContextScaling(Tensor mean, Tensor scale) =>
        (_mean, _scale) = (mean.detach().clone().DetachFromDisposeScope(), scale.detach().clone().DetachFromDisposeScope());

    /// <summary>Number of context features C.</summary>
    public long Dimension => _mean.shape[0];

    /// <summary>Fits the scaling.</summary>
    /// <param name="context">Contexts [R, C], finite.</param>
    public static ContextScaling Fit(Tensor context)
    {
        using var scope = NewDisposeScope();
        var wide = context.to(float64, CPU);
        var mean = wide.mean([0L]);
        var deviation = wide.sub(mean).Square().mean([0L]).sqrt();
        // Rounding leaves a constant column a deviation of about 1e-16 of its size; in float32 it is read as 1e-8.
        var isConstant = deviation.le(mean.abs().Mul(1e-9)).logical_or(deviation.Le(double.Epsilon));
        return new(mean, where(isConstant, zeros_like(deviation), deviation.reciprocal()));
    }

    /// <summary>c of each row.</summary>
    /// <param name="context">x, shape [B, C].</param>
    /// <returns>Shape [B, C], float64 on the CPU.</returns>
    /// <exception cref="ArgumentException">Another shape, or a value that is not finite.</exception>
    public Tensor Apply(Tensor context)
    {
        TensorChecks.RequirePoints(context, Dimension);
        TensorChecks.RequireFinite(context, "the contexts");
        using var scope = NewDisposeScope();
        return context.detach().to(float64, CPU).sub(_mean).mul(_scale).Clamp(-Limit, Limit).MoveToOuterDisposeScope();
    }

    public StoredComponent Store() => new StoredComponent(Kind).WithTensor("mean", _mean).WithTensor("scale", _scale);

    /// <exception cref="FormatException">The tensors are no scaling.</exception>
    public static ContextScaling Restore(StoredComponent stored)
    {
        using var scope = NewDisposeScope();
        var (mean, scale) = (stored.Tensor("mean"), stored.Tensor("scale"));
        return mean.dim() == 1 && mean.shape[0] > 0 && scale.dim() == 1 && scale.shape[0] == mean.shape[0]
            && mean.dtype == ScalarType.Float64 && scale.dtype == ScalarType.Float64 && scale.Ge(0).all().item<bool>()
            ? new(mean, scale)
            : throw new FormatException(
                "Expected a float64 mean and a scale of at least 0 for each context feature; the file is damaged.");
    }

    public void Dispose()
    {
        _mean.Dispose();
        _scale.Dispose();
    }
}
