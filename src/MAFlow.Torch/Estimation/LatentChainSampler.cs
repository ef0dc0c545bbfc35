using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>
/// Markov chains in the latent space of a flow, where the target is close to a standard normal: by default hybrid Monte Carlo with fresh
/// samples in between.
/// </summary>
/// <remarks>
/// Chains start at z ~ N(0, 1). A fresh sample of the flow is accepted with probability min(1, w' / w), w = e^{-E} / p; without local moves
/// this is Metropolised independence sampling. All are exact for any flow that has the target's support, also for a bad one.
/// The acceptance is that of local moves in the flow's own latent space, or else of its fresh samples, where there are any.
/// Zhang, E, Wang (2018), section 4.2; Li, Wang (2018); the mixture with fresh samples is that of Gabrié, Rotskoff, Vanden-Eijnden,
/// "Adaptive Monte Carlo augmented with normalizing flows" (2022).
/// </remarks>
/// <param name="flow">The map, and where fresh samples come from.</param>
/// <param name="energy">Target.</param>
public sealed class LatentChainSampler(MongeAmpereFlow flow, Energy energy) : Sampler<LatentChainOptions, ChainEstimate>
{
    /// <summary>Draws points of the target from parallel chains, <see cref="ChainOptions.Spacing"/> steps apart.</summary>
    /// <remarks>
    /// They are as good as the chains: Run says whether those agree, and how many steps apart points are independent. With a flow at rest,
    /// which only has a final map, the chains depend on the energy alone. A training by maximum likelihood on their points then sees every
    /// phase that they visit.
    /// </remarks>
    /// <param name="count">Number M of points, at least 1.</param>
    /// <param name="options">Number of chains, warm-up of at least one step, spacing and moves; limits and targets play no part.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    /// <param name="progress">Told after each step, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Points x, shape [M, N], on the flow's device and of its type.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="ArgumentException">Flow and energy differ in their dimensions, or nothing would move the chains.</exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number where the chains start.</exception>
    public Tensor Sample(
        int count,
        LatentChainOptions options,
        Generator generator,
        IProgress<EstimationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(generator);
        options.ValidateSampling(count, minWarmup: 1);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var run = new SamplerRun(generator, new(), progress, cancellationToken);
        var number = Math.Min(options.Chains, count);
        var (chains, points) = (Start(number, options, generator), new List<Tensor>());
        var steps = options.Warmup + 1 + ((long)options.Spacing * ((count - 1) / number));
        for (var step = 0; step < steps; step++)
        {
            run.ThrowIfCancelled();
            using var each = NewDisposeScope();
            chains.Step(step < options.Warmup ? step : null);
            if (step >= options.Warmup && (step - options.Warmup) % options.Spacing == 0)
            {
                points.Add(chains.Current.X.clone().MoveToOuterDisposeScope());
            }

            run.ReportStep(step < options.Warmup, step + 1, steps);
        }

        return cat(points).narrow(0, 0, count).clone().MoveToOuterDisposeScope();
    }

    private protected override ChainEstimate Run(LatentChainOptions options, SamplerRun run)
    {
        var chains = Start(options.Chains, options, run.Generator);
        return MarkovChains.Run(
            warmup =>
            {
                var accepted = chains.Step(warmup);
                return (chains.Current.X, chains.Current.Energy, accepted);
            },
            options, run);
    }

    private LatentChains Start(int count, LatentChainOptions options, Generator generator) => new(
        new(flow, energy), options.LocalFlow is { } local ? new(local, energy) : null, count, options, generator);
}
