using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>One batch of a training: points, the flow at the depth of training, and the solve that all objectives of a sum share.</summary>
/// <remarks>Tensors of a batch belong to it and live until its step ends; an objective must not dispose them.</remarks>
public sealed class ObjectiveBatch
{
    // Samples are no part of what the seed draws for the solve of the points.
    private const ulong SamplesSeed = 0x73616D706C6573UL;
    private readonly List<FlowSolution> _solutions = [];
    private Tensor? _samples;

    internal ObjectiveBatch(
        MongeAmpereFlow flow,
        Tensor points,
        bool isData,
        double inverseTemperature,
        ulong seed,
        bool needsKineticEnergy = false,
        Tensor? rows = null)
    {
        (Flow, Points, IsData, InverseTemperature, Seed, Rows) = (flow, points, isData, inverseTemperature, seed, rows);
        NeedsKineticEnergy = needsKineticEnergy;
        AllPoints = points;
    }

    /// <summary>The flow, at the depth of training.</summary>
    public MongeAmpereFlow Flow { get; }

    /// <summary>Data in the flow's coordinates, or latent codes z; shape [B, N].</summary>
    public Tensor Points { get; }

    /// <summary>The points of all processes, for what is no mean over points; shape [M, N].</summary>
    internal Tensor AllPoints { get; init; }

    /// <summary>Number of the first of <see cref="Points"/> among them.</summary>
    internal long FirstPoint { get; init; }

    /// <summary>ln |det| of what made the points of the rows, shape [B], float64; null where nothing did.</summary>
    internal Tensor? LogDeterminant { get; init; }

    /// <summary>Whether the points are data (DensityTrainer) or latent codes (VariationalTrainer).</summary>
    internal bool IsData { get; }

    /// <summary>Numbers of the points among the training rows, shape [B], int64; null for latent codes, and for rows of a
    /// stream.</summary>
    public Tensor? Rows { get; }

    /// <summary>Factor β on an energy; below 1 while it is annealed.</summary>
    public double InverseTemperature { get; }

    /// <summary>Whether some objective of the training wants ∫|∇φ|² dt, so that there is a solve for it anyway.</summary>
    internal bool NeedsKineticEnergy { get; }

    /// <summary>Seed of everything random in a solve: solves that start a generator with it see the same probes.</summary>
    internal ulong Seed { get; }

    /// <summary>Latent codes and ln p of the data, with their gradients; solved once.</summary>
    /// <exception cref="InvalidOperationException">The points are latent codes.</exception>
    public Encoded Encoded
    {
        get
        {
            RequireData(true, "Encoded", "Decoded");
            var solution = Solution(false);
            return new(solution.Points, solution.LogProb);
        }
    }

    /// <summary>The samples that the latent codes become, with ln p and their gradients; solved once.</summary>
    /// <exception cref="InvalidOperationException">The points are data.</exception>
    public FlowState Decoded
    {
        get
        {
            RequireData(false, "Decoded", "Encoded");
            var solution = Solution(false);
            return new(solution.Points, solution.LogProb);
        }
    }

    /// <summary>∫₀ᵀ |∇φ(x(t), t)|² dt along the path of each point, with its gradient, shape [B]: a quadrature of the same solve.</summary>
    public Tensor KineticEnergy => Solution(true).KineticEnergy!;

    /// <summary>As many samples of the flow as there are points on all processes, the same on each, with their gradient, shape [M, N];
    /// drawn and solved once.</summary>
    /// <exception cref="InvalidOperationException">The flow has a context for each point.</exception>
    internal Tensor Samples
    {
        get
        {
            // Out of the scope of whichever objective came first.
            _samples ??= Flow.SamplePoints(AllPoints.shape[0], Seed ^ SamplesSeed).DetachFromDisposeScope();
            return _samples;
        }
    }

    /// <summary>Requires points of a kind.</summary>
    /// <exception cref="InvalidOperationException">They are of the other kind; the message says what to use.</exception>
    internal void RequireData(bool isData, string what, string instead)
    {
        if (IsData != isData)
        {
            var expected = isData ? "data rows, as DensityTrainer gives them," : "latent codes, as VariationalTrainer gives them,";
            throw new InvalidOperationException(
                $"Expected {expected} for {what}, "
                + $"got {(IsData ? "data rows" : "latent codes")}; use {instead} here.");
        }
    }

    /// <summary>Frees the solve; its graph has been walked by then.</summary>
    internal void Release()
    {
        _solutions.ForEach(solution => solution.Dispose());
        _solutions.Clear();
        _samples?.Dispose();
        _samples = null;
    }

    private FlowSolution Solution(bool withKineticEnergy)
    {
        if (_solutions.Count == 0 || (withKineticEnergy && _solutions[^1].KineticEnergy is null))
        {
            using var generator = new Generator(Seed);
            var quadrature = withKineticEnergy || NeedsKineticEnergy;
            var solution = IsData ? Flow.EncodeFully(Points, generator, quadrature) : Flow.DecodeFully(Points, generator, quadrature);
            // Out of the scope of whichever objective came first.
            _solutions.Add(solution.DetachFromDisposeScope());
        }

        return _solutions[^1];
    }
}
