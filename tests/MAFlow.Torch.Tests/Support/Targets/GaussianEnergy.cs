using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>E(x) = ½ (x-μ)ᵀ Σ⁻¹ (x-μ), ln Z = (N/2) ln 2π + ½ ln det Σ.</summary>
internal sealed class GaussianEnergy : Energy
{
    private readonly Tensor _mean;
    private readonly Tensor _precision;
    private readonly double _logPartition;

    /// <summary>Creates the energy.</summary>
    /// <param name="mean">μ, shape [N].</param>
    /// <param name="covariance">Σ, shape [N, N], symmetric and positive definite.</param>
    /// <exception cref="ArgumentException">The shapes disagree, or the covariance is not symmetric and positive definite.</exception>
    public GaussianEnergy(Tensor mean, Tensor covariance)
        : base(
            mean is { } given && given.dim() == 1 ? given.shape[0] : throw new ArgumentException("Expected a mean of shape [N].", nameof(mean)),
            // x ↦ -x where μ = 0; of the rest nothing is known.
            mean.count_nonzero().item<long>() == 0 ? SymmetryGroup.SignFlip((int)mean.shape[0]) : null)
    {
        using var scope = NewDisposeScope();
        var eigenvalues = SymmetricMatrix.Eigenvalues(covariance, Dimension);
        _mean = mean.to(float64).detach().clone().DetachFromDisposeScope();
        _precision = linalg.inv(covariance.to(float64)).DetachFromDisposeScope();
        _logPartition = 0.5 * ((Dimension * Math.Log(2 * Math.PI)) + eigenvalues.Sum(Math.Log));
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() => _logPartition;

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var centred = x.sub(_mean.to(x.dtype, x.device));
        return centred.mm(_precision.to(x.dtype, x.device)).mul(centred).sum([1L]).Mul(0.5).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _mean.Dispose();
        _precision.Dispose();
        base.Dispose();
    }
}
