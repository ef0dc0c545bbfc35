using System.Diagnostics;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>Maximum likelihood on points that chains draw which know nothing but the energy, before the variational training.</summary>
/// <remarks>
/// Minimising F = E_p[ln p + E] from a flow at rest ends in the ordered phases, and forgives what it left out; likelihood charges for every
/// point that the chains have visited.
/// The flow it ends with covers all phases. The bound starts from there, and is one whatever the start was.
/// </remarks>
public static class WarmStart
{
    private const int Points = 4096, Chains = 64;

    /// <summary>Trains a flow and keeps it; where there is no warm start, keeps it at rest.</summary>
    public static void Run(MongeAmpereFlow flow, IsingEnergy energy, Settings settings, RunFolder folder, CancellationToken cancellation)
    {
        if (!settings.HasWarmStart)
        {
            flow.Save(folder.WarmStart);
            return;
        }

        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)settings.Seed + 3);
        using var plain = IsingModel.AtRest(energy, generator);
        var points = StatusLine.Show("Warm start: hybrid Monte Carlo without a flow", say =>
        {
            // Correlations decay about as the square of the length, at the transition of the largest one; a large lattice in little time gets what there is time for.
            var sampler = new LatentChainSampler(plain, energy);
            var (warmup, spacing) = (100 + (2 * settings.Size * settings.Size), 1 + (settings.Size / 2));
            var share = Math.Min(1, settings.WarmStartTime / 3 / (TimePerStep(sampler, generator) * (warmup + (Points / Chains * spacing))));
            (warmup, spacing) = (Math.Max(10, (int)(share * warmup)), Math.Max(1, (int)(share * spacing)));
            return sampler.Sample(
                Points, Options(warmup, spacing), generator, new Reporter<EstimationProgress>(value => say($"step {value.Done} of {value.Of}")), cancellation);
        });

        var left = settings.WarmStartTime - clock.Elapsed;
        var options = new DensityTrainerOptions
        {
            MaxEpochs = 1_000_000, BatchSize = 64, LearningRate = 1e-2, AverageDecay = 0.98, ValidationFraction = 0.05, Patience = null,
            DepthTolerance = 0.05, MaxDepth = 32, TimeLimit = left > settings.WarmStartTime / 2 ? left : settings.WarmStartTime / 2, Seed = (ulong)settings.Seed,
        };
        using var model = new DensityModel(BijectionChain.Fit([], points, generator), flow);
        var report = StatusLine.Show("Warm start: maximum likelihood", say => new DensityTrainer(options).Fit(
            model, points,
            progress: new Reporter<TrainingProgress>(value => say($"step {value.Current.Step}, {(value.History is [.., var last] ? last.ValidationNll : null) ?? value.Current.Loss:F2} nats per configuration, {value.Remaining:m\\:ss} left")),
            cancellationToken: cancellation));
        flow.Save(folder.WarmStart);
    }

    private static LatentChainOptions Options(int warmup, int spacing) =>
        new() { ProposesFreshSamples = false, Chains = Chains, Warmup = warmup, Spacing = spacing };

    private static TimeSpan TimePerStep(LatentChainSampler sampler, Generator generator)
    {
        const int Warmup = 5;
        sampler.Sample(1, Options(1, 1), generator).Dispose();
        var clock = Stopwatch.StartNew();
        sampler.Sample(Chains, Options(Warmup, 1), generator).Dispose();
        return clock.Elapsed / (Warmup + 1);
    }
}
