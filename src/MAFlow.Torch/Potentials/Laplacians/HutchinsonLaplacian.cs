using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Laplacians;

/// <summary>Hutchinson's estimator ∇²φ ≈ (1/P) Σₚ vₚᵀ(∇²φ)vₚ with Rademacher probes, drawn once per solve.</summary>
/// <remarks>Unbiased; P reverse passes instead of N. Hutchinson (1990); fixed probes per solve as in Grathwohl et al. (2019), section
/// 3.1.</remarks>
public sealed class HutchinsonLaplacian : LaplacianEstimator
{
    internal const string Kind = "hutchinson";

    /// <summary>Creates the estimator.</summary>
    /// <param name="probes">Number of probes P, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one probe.</exception>
    public HutchinsonLaplacian(int probes = 1)
    {
        TensorChecks.RequireAtLeast(probes, 1);
        Probes = probes;
    }

    /// <summary>Number of probes P.</summary>
    internal int Probes { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">No generator was given.</exception>
    protected internal override Tensor DrawProbes(Tensor x, Generator? generator)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (generator is null)
        {
            throw new ArgumentNullException(
                nameof(generator),
                "Expected a Generator for Hutchinson's probes, got none; pass one, or use LaplacianEstimator.Exact.");
        }

        using var scope = NewDisposeScope();
        // Generators live on the CPU, so the probes are drawn there and moved.
        var bits = randint(0, 2, [Probes, x.shape[0], x.shape[1]], dtype: x.dtype, generator: generator);
        return bits.Mul(2).Sub(1).to(x.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(probes);
        var total = zeros(x.shape[0], x.dtype, x.device);
        for (long p = 0; p < Probes; p++)
        {
            var probe = probes[p];
            total = total.Add(Derivative(gradient, x, probe, createGraph).mul(probe).sum(1));
        }

        return total.Div(Probes);
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() => new StoredComponent(Kind).With("probes", Probes);

    internal static HutchinsonLaplacian Restore(StoredComponent stored) => new(stored.Option<int>("probes"));
}
