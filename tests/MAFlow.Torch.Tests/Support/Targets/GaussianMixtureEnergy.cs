using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>E(x) = -ln Σₖ exp(-|x-μₖ|² / 2σ²): equal Gaussians at K centres; ln Z = ln K + (N/2) ln 2πσ².</summary>
internal sealed class GaussianMixtureEnergy : Energy
{
    private readonly Tensor _centres;
    private readonly double _variance;

    /// <summary>Creates the energy.</summary>
    /// <param name="centres">μ, shape [K, N] with K ≥ 1.</param>
    /// <param name="deviation">σ, positive.</param>
    /// <exception cref="ArgumentException">The centres have another shape or are not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is not positive.</exception>
    public GaussianMixtureEnergy(Tensor centres, double deviation)
        : base(centres is { } given && given.dim() == 2 && given.shape[0] > 0
            ? given.shape[1]
            : throw new ArgumentException("Expected centres of shape [K, N] with K ≥ 1.", nameof(centres)))
    {
        TensorChecks.RequireAtLeast(deviation, double.Epsilon);
        TensorChecks.RequireFinite(centres, "the centres");
        _centres = centres.detach().to(float64).clone().DetachFromDisposeScope();
        _variance = deviation * deviation;
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() => Math.Log(_centres.shape[0]) + (0.5 * Dimension * Math.Log(2 * Math.PI * _variance));

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var distances = x.unsqueeze(1).sub(_centres.to(x.dtype, x.device)).Square().sum([2L]);
        return distances.Mul(-0.5 / _variance).logsumexp(1).neg().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _centres.Dispose();
        base.Dispose();
    }
}
