using System.Diagnostics;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>Checks a trained flow by weights, and against long chains and an annealing that know nothing of it, within a time.</summary>
public sealed class Estimation(Cluster cluster, MongeAmpereFlow flow, ParticleEnergy energy, TimeSpan time, CancellationToken cancellation)
{
    public const string Energy = "energy", Distance = "mean distance";

    private const int Chains = 256, FigureSamples = 16_384;

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public Estimates Run()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)cluster.Settings.Seed + 1);
        using var rest = cluster.Rest(generator);
        var functions = new Dictionary<string, Func<Tensor, Tensor>>
        {
            [Energy] = energy.Value,
            [Distance] = x => Distances.Of(x, cluster.Settings.Particles).mean([1L]),
        };
        using var recorder = new Recorder(spacing: 20);
        var observed = new Dictionary<string, Func<Tensor, Tensor>>(functions) { [Energy] = x => energy.Value(recorder.Keep(x)) };
        var chains = StatusLine.Show("Long Monte Carlo without the flow", say => new LatentChainSampler(rest, energy).Run(
            new()
            {
                Chains = Chains, Warmup = 1000, Steps = 20_000, TargetEffectiveSamples = 20_000, ProposesFreshSamples = false, TimeLimit = Share(0.4),
                Transition = LatentTransition.Hamiltonian(initialStep: 0.05, maxLeapfrogSteps: 8),
            },
            generator, observed, Shown(say), cancellation));

        var weights = StatusLine.Show("Importance weights", say => new ImportanceSampler(flow, energy).Run(
            new() { Samples = 1_000_000, BatchSize = 512, TargetError = 1e-3, TimeLimit = Share(0.5) }, generator, functions, Shown(say), cancellation));
        var (drawn, weighted) = StatusLine.Show("Configurations of the flow", _ =>
            Samples.OfFlow(flow, energy, FigureSamples, cluster.Settings.Particles, generator));

        var annealed = StatusLine.Show("Annealing without the flow", say => new AnnealedImportanceSampler(rest, energy).Run(
            new() { Particles = 256, Moves = 4, Repeats = 64, TimeLimit = Share(0.9), Transition = LatentTransition.Hamiltonian(initialStep: 0.05, maxLeapfrogSteps: 8) },
            generator, functions, Shown(say), cancellation));
        using var _ = no_grad();
        var points = recorder.Points();
        var known = Samples.Of(points, energy.Value(points), null, cluster.Settings.Particles);
        return new(weights, chains, annealed, new(known, drawn, weighted));
    }

    /// <summary>A share of the time that is left, and at least some seconds.</summary>
    private TimeSpan Share(double share) => TimeSpan.FromSeconds(Math.Max(2, share * (time - _clock.Elapsed).TotalSeconds));

    private static Reporter<EstimationProgress> Shown(Action<FormattableString> say) => new(value => say($"{value.Message}"));
}
