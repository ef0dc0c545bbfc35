using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>How one solve of a flow is computed; every piece and every potential of it sees the same.</summary>
/// <param name="Integrator">Method.</param>
/// <param name="Laplacian">Laplacian of potentials without a closed form.</param>
/// <param name="Precision">Arithmetic of the products of ridge potentials.</param>
/// <param name="Recompute">Whether a reverse pass keeps step boundaries only.</param>
internal sealed record Solve(Integrator Integrator, LaplacianEstimator Laplacian, Precision Precision, bool Recompute) : IDisposable
{
    /// <summary>Source of the probes of a stochastic Laplacian; null when it is exact.</summary>
    public Generator? Generator { get; init; }

    /// <summary>Seed of the group elements that a potential samples; null for its own sequence.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether ∫|∇φ|² dt is wanted.</summary>
    public bool WithKineticEnergy { get; init; }

    /// <summary>Whether the result is going to be differentiated twice, so that closed reverse passes would only be in the way.</summary>
    public bool TwiceDifferentiable { get; init; }

    /// <summary>Whether points that are carried along with their scores are to be differentiated, where the family can do both in one
    /// solve.</summary>
    public bool RecordsPath { get; init; }

    private Tensor? Probes { get; set; }

    /// <summary>The probes of this solve: drawn when the first potential needs them, and the same for all. They live until the solve is
    /// disposed.</summary>
    /// <param name="x">Points [B, N] whose shape, type and device they take.</param>
    public Tensor? ProbesFor(Tensor x) => Probes ??= Laplacian.DrawProbes(x, Generator)?.DetachFromDisposeScope();

    /// <summary>Frees the probes; the next solve draws others.</summary>
    public void Dispose()
    {
        Probes?.Dispose();
        Probes = null;
    }

    /// <summary>Integrates a field along a piece.</summary>
    public FieldState Along(Field field, Tensor x, TimeGrid piece) =>
        TwiceDifferentiable ? Integrator.SolvePlainly(field, x, piece) : Integrator.Solve(field, x, piece, Recompute);
}
