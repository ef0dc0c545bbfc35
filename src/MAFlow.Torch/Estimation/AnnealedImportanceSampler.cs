using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Carries a flow's samples to the target through π_β ∝ p_flow^{1-β} e^{-βE}, moving them in latent space at each β: sequential Monte Carlo.</summary>
/// <remarks>
/// For flows whose importance weights have too heavy a tail. A pilot run chooses the temperatures and the sizes of the moves; the repeats keep them, so that
/// each gives an unbiased Z. Neal, "Annealed importance sampling" (2001); Del Moral, Doucet, Jasra, "Sequential Monte Carlo samplers" (2006).
/// </remarks>
/// <param name="flow">Where the particles come from.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null.</param>
public sealed class AnnealedImportanceSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    /// <summary>Anneals independent populations.</summary>
    /// <param name="options">Sizes, moves and time.</param>
    /// <param name="generator">Source of particles, moves and decisions.</param>
    /// <param name="observables">Functions of points x [B, N] to [B], by name.</param>
    /// <param name="progress">Told after each temperature, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between moves.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number where the particles start.</exception>
    public AnnealedEstimate Run(
        AnnealingOptions options,
        Generator generator,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null,
        IProgress<AnnealingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var clock = Stopwatch.StartNew();
        var target = new LatentTarget(flow, energy, depth);
        var repeats = new List<AnnealedRepeat>();
        void Report(double beta, double acceptance) => progress?.Report(new(
            repeats.Count, options.Repeats, beta, acceptance, repeats.Count < 2 ? null : AnnealedRepeat.LogPartitionOf(repeats), clock.Elapsed));

        var schedule = Pilot(target, options, generator, Report, cancellationToken);
        while (repeats.Count < options.Repeats && !(clock.Elapsed > options.TimeLimit && repeats.Count >= AnnealedEstimate.FewestRepeats))
        {
            using var each = NewDisposeScope();
            var population = new AnnealedPopulation(target, options, generator);
            var acceptance = 0.0;
            foreach (var step in schedule)
            {
                Advance(population, step.InverseTemperature, options);
                var accepted = 0.0;
                for (var move = 0; move < options.Moves; move++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    accepted += population.Move(step.MoveSize) / options.Moves;
                }

                acceptance += accepted / schedule.Count;
                Report(step.InverseTemperature, accepted);
            }

            repeats.Add(AnnealedRepeat.Of(population, acceptance, observables ?? new Dictionary<string, Func<Tensor, Tensor>>()));
        }

        return AnnealedRepeat.Combine(repeats, [.. schedule.Select(step => step.InverseTemperature)]);
    }

    /// <summary>One annealing that is not averaged over, whose particles say how far each step in temperature may go and how large the moves may be.</summary>
    private static List<AnnealingStep> Pilot(
        LatentTarget target, AnnealingOptions options, Generator generator, Action<double, double> report, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var population = new AnnealedPopulation(target, options, generator);
        var (schedule, size) = (new List<AnnealingStep>(), options.Transition.FirstStep);
        while (population.InverseTemperature < 1)
        {
            var isLast = schedule.Count + 1 >= options.MostTemperatures;
            var beta = isLast ? 1 : AnnealingStep.Next(population.InverseTemperature, population.Weights, population.LogWeights, options.StepEffectiveFraction);
            Advance(population, beta, options);
            var accepted = 0.0;
            // Three times the moves: the sizes settle, and the particles keep up.
            for (var move = 0; move < 3 * options.Moves; move++)
            {
                cancellation.ThrowIfCancellationRequested();
                accepted = population.Move(size);
                size = options.Transition.Adapt(size, accepted, 1 / Math.Sqrt(1 + move));
            }

            schedule.Add(new(beta, size));
            report(beta, accepted);
        }

        return schedule;
    }

    private static void Advance(AnnealedPopulation population, double beta, AnnealingOptions options)
    {
        population.Cool(beta);
        if (population.EffectiveFraction < options.ResamplingFraction)
        {
            population.Resample();
        }
    }
}
