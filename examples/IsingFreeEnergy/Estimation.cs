using System.Diagnostics;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>Checks a trained flow within a time: by weights, by chains, and against exact chains that do not use it.</summary>
/// <remarks>
/// The covering flow is what the trained one started from. It sees every phase, and serves the chains where the weights of the other tell
/// that it does not.
/// </remarks>
public sealed class Estimation(
    MongeAmpereFlow flow, MongeAmpereFlow covering, IsingEnergy energy, Settings settings, TimeSpan time, CancellationToken cancellation)
{
    private const int Particles = 64, AnnealedTemperatures = 15, ManyChains = 64, LongChains = 8;

    /// <summary>
    /// Steps of warm-up, as far as a quarter of the time allows: chains that begin at samples of the flow leave slowly where it has too
    /// much mass.
    /// </summary>
    private const int LongWarmup = 3000;

    /// <summary>Standard error of ln Z per site that is enough.</summary>
    private const double WantedErrorPerSite = 2e-5;

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public Estimates Run()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)settings.Seed + 1);
        var observables = new IsingObservables(energy);
        var functions = observables.Functions(generator);
        Observation? reference = null;
        Observation Observe(TargetEstimate estimate, TimeSpan spent, params IEnumerable<string> others) => Observation.Of(
            observables, estimate, spent, reference, others);

        var clusters = Timed("Exact cluster chains, as a reference", say => new IsingClusterSampler(energy).Run(
            new() { Warmup = 100, Steps = 5000, TargetEffectiveSamples = 5000, TimeLimit = Share(0.06, 5) }, generator, functions, Shown(say), cancellation),
            out var ofClusters);
        reference = Observe(clusters, ofClusters);

        var weights = Timed("Importance weights", say => new ImportanceSampler(flow, energy).Run(
            new() { Samples = 1_000_000, TargetError = WantedErrorPerSite * energy.Dimension, TimeLimit = Share(0.15) }, generator, functions,
            Shown(say), cancellation), out var ofWeights);
        var secondsPerSample = ofWeights.TotalSeconds / weights.Samples;

        var bridge = StatusLine.Show("Bridge between flow and cluster chains", _ =>
        {
            // Both densities are evaluated, so a sample costs twice.
            var count = Math.Clamp((int)(Share(0.1).TotalSeconds / (2 * secondsPerSample)), 256, 16_384);
            using var samples = new IsingClusterSampler(energy).Sample(
                count, new() { Warmup = 100, Spacing = 20 }, generator, cancellationToken: cancellation);
            return new BridgeSampler(flow, energy).Run(samples, generator, cancellation);
        });
        var weighted = Observe(weights, ofWeights, Apart(weights.LogPartition, bridge));

        // Where the flow misses a phase, fresh samples alone do not lead there. Slow chains have to be long before they can be many.
        var (mapped, chains) = weighted.IsReliable ? (flow, ManyChains) : (covering, LongChains);
        using var rest = IsingModel.AtRest(energy, generator);
        var metropolis = Timed(weighted.IsReliable ? "Metropolised independence sampler" : "Metropolised independence sampler, with local moves in between", say =>
        {
            var options = new LatentChainOptions
            {
                Warmup = 100, Steps = 100_000, TargetEffectiveSamples = weighted.IsReliable ? 5000 : 1000, TimeLimit = Share(0.25),
                Transition = weighted.IsReliable ? null : LatentTransition.Hamiltonian(), LocalFlow = weighted.IsReliable ? null : rest,
            };
            return new LatentChainSampler(mapped, energy).Run(options, generator, functions, Shown(say), cancellation);
        }, out var ofMetropolis);
        var hybrid = Timed("Hybrid Monte Carlo in latent space", say =>
        {
            var (warmup, share) = weighted.IsReliable ? (50, 0.8) : (LongWarmup, 0.6);
            var options = new LatentChainOptions { Chains = chains, Warmup = warmup, Steps = 100_000, TargetEffectiveSamples = 1000, TimeLimit = Share(share) };
            return new LatentChainSampler(mapped, energy).Run(options, generator, functions, Shown(say), cancellation);
        }, out var ofHybrid);
        var ofAnnealed = TimeSpan.Zero;
        var annealed = weighted.IsReliable ? null : Timed("Annealing, because the weights alone are not reliable", say =>
            new AnnealedImportanceSampler(mapped, energy).Run(
                Annealing(secondsPerSample * mapped.Options.Depth / flow.Options.Depth), generator, functions, Shown(say), cancellation), out ofAnnealed);
        var plain = Timed("Hybrid Monte Carlo without a flow, to compare", say =>
        {
            var warmup = 100 + (2 * settings.Size * settings.Size);
            var options = new LatentChainOptions
            {
                ProposesFreshSamples = false, Warmup = warmup, Steps = 100_000, TargetEffectiveSamples = 1000, TimeLimit = Share(1, 5),
            };
            return new LatentChainSampler(rest, energy).Run(options, generator, functions, Shown(say), cancellation);
        }, out var ofPlain);

        var observations = new Dictionary<string, Observation>
        {
            [Estimates.Importance] = weighted,
            [Estimates.Metropolis] = Observe(metropolis, ofMetropolis),
            [Estimates.Latent] = Observe(hybrid, ofHybrid),
        };
        if (annealed is not null)
        {
            observations[Estimates.Annealing] = Observe(annealed, ofAnnealed, Apart(annealed.LogPartition, bridge));
        }

        observations[Estimates.WithoutFlow] = Observe(plain, ofPlain);
        observations[Estimates.Reference] = reference;
        return new(weights, metropolis, hybrid, plain, annealed, bridge, observations);
    }

    /// <summary>Compares ln Z with a bridge to exact samples: mass that neither weights nor particles have reached shows there.</summary>
    private static IEnumerable<string> Apart(Estimate logPartition, BridgeEstimate bridge)
    {
        var error = Math.Sqrt(Math.Pow(logPartition.StandardError, 2) + Math.Pow(bridge.LogPartition.StandardError, 2));
        return bridge.IsReliable && Math.Abs(logPartition.Value - bridge.LogPartition.Value) > 4 * error ? ["ln Z is more than 4 standard errors from that of the bridge"] : [];
    }

    /// <summary>A share of the time that is left, and at least some seconds.</summary>
    private TimeSpan Share(double share, double least = 1) => TimeSpan.FromSeconds(
        Math.Max(least, share * (time - _clock.Elapsed).TotalSeconds));

    /// <summary>As many moves as the time allows in the pilot, which makes three times as many, and in the fewest repeats.</summary>
    private AnnealingOptions Annealing(double secondsPerSample)
    {
        // Each move decodes the particles once, and once more for the fresh samples.
        var populations = Share(0.7).TotalSeconds / (secondsPerSample * 2 * Particles * AnnealedTemperatures);
        return new()
        {
            Particles = Particles, Moves = (int)Math.Clamp(populations / 7, 1, 200), Repeats = 64, MaxTemperatures = 4 * AnnealedTemperatures,
            Transition = LatentTransition.CrankNicolson(), TimeLimit = Share(0.7),
        };
    }

    private static T Timed<T>(string title, Func<Action<FormattableString>, T> work, out TimeSpan spent)
    {
        var clock = Stopwatch.StartNew();
        var result = StatusLine.Show(title, work);
        spent = clock.Elapsed;
        return result;
    }

    /// <summary>Passes the progress of a sampler on to the status line.</summary>
    public static Reporter<EstimationProgress> Shown(Action<FormattableString> say) => new(value => say($"{value.Message}"));
}
