using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>
/// Carries a flow's samples to the target through π_β ∝ p_flow^{1-β} e^{-βE}, moving them in latent space at each β: sequential Monte
/// Carlo.
/// </summary>
/// <remarks>
/// For flows whose importance weights have too heavy a tail. A pilot run chooses the temperatures and the sizes of the moves. The repeats
/// keep them, so that each gives an unbiased Z. Neal, "Annealed importance sampling" (2001); Del Moral, Doucet, Jasra, "Sequential Monte
/// Carlo samplers" (2006).
/// </remarks>
/// <param name="flow">Where the particles come from.</param>
/// <param name="energy">Target.</param>
public sealed class AnnealedImportanceSampler(MongeAmpereFlow flow, Energy energy) : Sampler<AnnealingOptions, AnnealedEstimate>
{
    private protected override AnnealedEstimate Run(AnnealingOptions options, SamplerRun run)
    {
        var target = new LatentTarget(flow, energy);
        var schedule = Pilot(target, options, run);
        var repeats = new List<AnnealedRepeat>();
        while (repeats.Count < options.Repeats && !(run.IsLate(options.TimeLimit) && repeats.Count >= AnnealedEstimate.MinRepeats))
        {
            using var each = NewDisposeScope();
            var population = new AnnealedPopulation(target, options, run.Generator);
            var acceptance = 0.0;
            foreach (var step in schedule)
            {
                Advance(population, step.InverseTemperature, options);
                for (var move = 0; move < options.Moves; move++)
                {
                    run.ThrowIfCancelled();
                    acceptance += population.Move(step.MoveSize) / (options.Moves * schedule.Count);
                }

                run.Report(repeats.Count, options.Repeats, $"repeat {repeats.Count}, beta {step.InverseTemperature:F3}");
            }

            repeats.Add(AnnealedRepeat.Of(population, acceptance, run.Observables));
        }

        return AnnealedRepeat.Combine(repeats, [.. schedule.Select(step => step.InverseTemperature)]);
    }

    /// <summary>
    /// One annealing that is not averaged over, whose particles say how far each step in temperature may go and how large the moves may be.
    /// </summary>
    private static List<AnnealingStep> Pilot(LatentTarget target, AnnealingOptions options, SamplerRun run)
    {
        using var scope = NewDisposeScope();
        var population = new AnnealedPopulation(target, options, run.Generator);
        var (schedule, size) = (new List<AnnealingStep>(), options.Transition.FirstStep);
        while (population.InverseTemperature < 1)
        {
            var isLast = schedule.Count + 1 >= options.MaxTemperatures;
            var beta = isLast
                ? 1
                : AnnealingStep.Next(
                    population.InverseTemperature, population.Weights, population.LogWeights, options.StepEffectiveFraction);
            Advance(population, beta, options);
            // Three times the moves: the sizes settle, and the particles keep up.
            for (var move = 0; move < 3 * options.Moves; move++)
            {
                run.ThrowIfCancelled();
                var accepted = population.Move(size);
                size = options.Transition.Adapt(size, accepted, 1 / Math.Sqrt(1 + move));
            }

            schedule.Add(new(beta, size));
            run.Report(0, options.Repeats, $"pilot, beta {beta:F3}");
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
