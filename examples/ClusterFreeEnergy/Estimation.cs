using System.Diagnostics;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>Checks a trained flow by weights, and against long chains and an annealing that know nothing of it, within a time.</summary>
public sealed class Estimation(Cluster cluster, MongeAmpereFlow flow, ParticleEnergy energy, TimeSpan time, CancellationToken cancellation)
{
    public const string Energy = "energy", Distance = "mean distance";

    private const int Chains = 128, FigureSamples = 16_384;

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public Estimates Run()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)cluster.Settings.Seed + 1);
        using var rest = cluster.Rest();
        var functions = new Dictionary<string, Func<Tensor, Tensor>>
        {
            [Energy] = energy.Value,
            [Distance] = x => Distances.Of(x, cluster.Settings.Particles).mean([1L]),
        };
        var sampler = new LatentChainSampler(rest, energy);
        var options = new LatentChainOptions
        {
            Chains = Chains, Warmup = 1000, Steps = 100_000, TargetEffectiveSamples = 10_000, ProposesFreshSamples = false, TimeLimit = Share(0.3),
            Transition = LatentTransition.Hamiltonian(initialStep: 0.1, maxLeapfrogSteps: 8), Spacing = 10,
        };
        var chains = StatusLine.Show("Long Monte Carlo without the flow", say => sampler.Run(options, generator, functions, Shown(say), cancellation));
        var points = StatusLine.Show("Configurations of Monte Carlo", say => sampler.Sample(FigureSamples, options, generator, Shown(say), cancellation));

        var weights = StatusLine.Show("Importance weights", say => new ImportanceSampler(flow, energy).Run(
            new() { Samples = 1_000_000, BatchSize = 512, TargetError = 1e-3, TimeLimit = Share(0.4) }, generator, functions, Shown(say), cancellation));
        var (drawn, weighted) = StatusLine.Show("Configurations of the flow", _ =>
            Samples.OfFlow(flow, energy, FigureSamples, cluster.Settings.Particles, generator));

        var annealed = StatusLine.Show("Annealing without the flow", say => new AnnealedImportanceSampler(rest, energy).Run(
            new() { Particles = 256, Moves = 4, Repeats = 64, TimeLimit = Share(0.9), Transition = LatentTransition.Hamiltonian(initialStep: 0.1, maxLeapfrogSteps: 8) },
            generator, functions, Shown(say), cancellation));
        using var _ = no_grad();
        var known = Samples.Of(points, energy.Value(points), null, cluster.Settings.Particles);
        return new(weights, chains, annealed, new(known, drawn, weighted));
    }

    /// <summary>A share of the time that is left, and at least some seconds.</summary>
    private TimeSpan Share(double share) => TimeSpan.FromSeconds(Math.Max(2, share * (time - _clock.Elapsed).TotalSeconds));

    private static Reporter<EstimationProgress> Shown(Action<FormattableString> say) => new(value => say($"{value.Message}"));
}
