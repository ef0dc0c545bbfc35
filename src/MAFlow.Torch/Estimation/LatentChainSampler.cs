using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Markov chains in the latent space of a flow, where the target is close to a standard normal: by default hybrid Monte Carlo with fresh samples in between.</summary>
/// <remarks>Zhang, E, Wang (2018), section 4.2; Li, Wang (2018); the mixture with fresh samples is that of Gabrié, Rotskoff, Vanden-Eijnden (2022).</remarks>
/// <param name="flow">The map.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null.</param>
public sealed class LatentChainSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    /// <summary>The local move; its step is adapted during warm-up.</summary>
    public LatentTransition Transition { get; init; } = new HamiltonianTransition();

    /// <summary>Whether each local move is followed by the proposal of a fresh sample of the flow, which can change modes that the local moves cannot.</summary>
    /// <value>Default true.</value>
    public bool ProposesFreshSamples { get; init; } = true;

    /// <summary>Runs parallel chains, started at z ~ N(0, 1).</summary>
    /// <param name="options">Number of chains and when they stop.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    /// <param name="observables">Functions of points x [B, N] to [B], by name.</param>
    /// <param name="progress">Told after each step, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Acceptance is that of the local move.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">Flow and energy differ in their dimensions.</exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number where the chains start.</exception>
    public ChainEstimate Run(
        ChainOptions options,
        Generator generator,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null,
        IProgress<ChainProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(observables?.Keys ?? []);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var chains = Start(options.Chains, generator);
        return MarkovChains.Run(
            warmup =>
            {
                var accepted = Step(chains, warmup);
                return (chains.Current.X, chains.Current.Energy, accepted);
            },
            options, observables, progress, cancellationToken);
    }

    /// <summary>Draws points of the target from parallel chains, a number of steps apart.</summary>
    /// <remarks>
    /// They are as good as the chains: <see cref="Run"/> says whether those agree, and how many steps apart points are independent. With a flow at rest, which only has a final map,
    /// these are chains that know nothing but the energy, and a training by maximum likelihood on their points sees every phase that they visit.
    /// </remarks>
    /// <param name="count">Number M of points, at least 1.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    /// <param name="chains">Number of parallel chains, at least 1.</param>
    /// <param name="warmup">Steps before the first points, in which the local move is adapted, at least 1.</param>
    /// <param name="spacing">Steps between points of a chain, at least 1.</param>
    /// <param name="progress">Told after each step how many there have been, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Points x, shape [M, N], on the flow's device and of its type.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="ArgumentException">Flow and energy differ in their dimensions.</exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number where the chains start.</exception>
    public Tensor Sample(
        int count,
        Generator generator,
        int chains = 64,
        int warmup = 200,
        int spacing = 10,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        TensorChecks.RequireAtLeast(count, 1);
        TensorChecks.RequireAtLeast(chains, 1);
        TensorChecks.RequireAtLeast(warmup, 1);
        TensorChecks.RequireAtLeast(spacing, 1);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var parallel = Start(Math.Min(chains, count), generator);
        var points = new List<Tensor>();
        for (var step = 0; points.Count * Math.Min(chains, count) < count; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var each = NewDisposeScope();
            Step(parallel, step < warmup ? step : null);
            if (step >= warmup && (step - warmup) % spacing == 0)
            {
                points.Add(parallel.Current.X.clone().MoveToOuterDisposeScope());
            }

            progress?.Report(step + 1);
        }

        return cat(points).narrow(0, 0, count).clone().MoveToOuterDisposeScope();
    }

    private LatentChains Start(int chains, Generator generator)
    {
        var target = new LatentTarget(flow, energy, depth);
        return new(target, Transition, target.See(target.Start(chains, generator).Z, Transition.NeedsGradient), generator);
    }

    private Tensor Step(LatentChains chains, int? warmup)
    {
        var accepted = chains.Move(warmup);
        if (ProposesFreshSamples)
        {
            chains.TakeFresh();
        }

        return accepted;
    }
}
