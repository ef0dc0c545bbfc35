using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>How a flow carries its points, beside the optimal transport between the same two densities.</summary>
/// <remarks>
/// Under optimal transport φ obeys the Hamilton-Jacobi equation ∂ₜφ + ½|∇φ|² = c(t), so that points move on straight lines at constant
/// speed: D∇φ/Dt = ∂ₜ∇φ + (∇∇φ)∇φ = 0. The gradient of the equation is free of c(t), which moves nothing. Lengths are those of the flow's
/// coordinates. Benamou, Brenier (2000).
/// </remarks>
public sealed record TransportReport
{
    private const long RowsAtOnce = 512;

    internal TransportReport(double transportCost, double squaredDistance, double residual, double jumps) =>
        (TransportCost, SquaredDistance, HamiltonJacobiResidual, Jumps) = (transportCost, squaredDistance, residual, jumps);

    /// <summary>T E ∫₀ᵀ |∇φ|² dt, at least W₂².</summary>
    public double TransportCost { get; }

    /// <summary>E |x(T) - x(0)|², at least W₂² and at most the cost; equal to the cost where every path is straight and of constant
    /// speed.</summary>
    public double SquaredDistance { get; }

    /// <summary>T² E ∫₀ᵀ |D∇φ/Dt|² dt / E ∫₀ᵀ |∇φ|² dt, without dimension: 0 for optimal transport, and where nothing moves.</summary>
    /// <value>Jumps of the velocity at breaks are not in it.</value>
    public double HamiltonJacobiResidual { get; }

    /// <summary>T E Σ |Δ∇φ|² / E ∫₀ᵀ |∇φ|² dt over the jumps of the velocity at breaks, without dimension.</summary>
    public double Jumps { get; }

    /// <summary>Follows latent codes through a flow, at its depth.</summary>
    /// <param name="flow">The flow. What is behind it, its bijection, is left out.</param>
    /// <param name="samples">Number of latent codes, at least 1; for a flow with contexts as many as there are contexts.</param>
    /// <param name="generator">Source of the latent codes.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one sample.</exception>
    /// <exception cref="ArgumentException">The flow has contexts, and another number of them.</exception>
    /// <exception cref="InvalidOperationException">A solve diverged.</exception>
    public static TransportReport Of(MongeAmpereFlow flow, int samples, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(flow);
        ArgumentNullException.ThrowIfNull(generator);
        TensorChecks.RequireAtLeast(samples, 1);
        using var use = flow.Begin();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (dtype, device) = flow.Placement();
        var sums = zeros(4, dtype: float64);
        var rowsAtOnce = flow.Potential.Rows ?? RowsAtOnce;
        for (var row = 0L; row < samples; row += rowsAtOnce)
        {
            using var batch = NewDisposeScope();
            var z = StandardNormal.Sample(Math.Min(rowsAtOnce, samples - row), flow.Dimension, generator, dtype, device);
            var paths = PathIntegrals.Of(flow, z, isData: false, generator);
            SolveChecks.RequireFinite("the paths of the drawn points", flow.Depth, paths.KineticEnergy, paths.SquaredAcceleration);
            Tensor[] integrals = [paths.KineticEnergy, paths.SquaredDistance, paths.SquaredAcceleration, paths.SquaredJumps];
            sums.Add_(stack([.. integrals.Select(integral => integral.to(float64).sum().cpu())]));
        }

        var (horizon, means) = (flow.Options.Horizon, sums.Div(samples).data<double>().ToArray());
        double Relative(double value) => means[0] > 0 ? value / means[0] : 0;
        return new(horizon * means[0], means[1], Relative(horizon * horizon * means[2]), Relative(horizon * means[3]));
    }
}
