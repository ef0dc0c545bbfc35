using System.Diagnostics;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>Checks a trained flow within a time: by weights, and against long chains and an annealing that do not use it.</summary>
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
            new() { Particles = 256, Moves = 4, Repeats = 64, TimeLimit = Share(0.9), Transition = LatentTransition.Hamiltonian(
                initialStep: 0.05, maxLeapfrogSteps: 8) },
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

/// <summary>What the flow's weights, chains without the flow, and annealing without the flow say about the cluster.</summary>
/// <param name="Weights">By weights of the trained flow's samples.</param>
/// <param name="Chains">By hybrid Monte Carlo from independent particles.</param>
/// <param name="Annealed">By annealing independent particles.</param>
/// <param name="Comparison">Samples for the figures.</param>
public sealed record Estimates(ImportanceEstimate Weights, ChainEstimate Chains, AnnealedEstimate Annealed, Comparison Comparison);

/// <summary>Keeps configurations of chains while they run. They live until it is disposed.</summary>
/// <param name="spacing">One of so many steps is kept.</param>
public sealed class Recorder(int spacing) : IDisposable
{
    // Enough for smooth figures, and no more memory however long the chains are.
    private const int MaxKept = 128;

    private readonly List<Tensor> _kept = [];
    private long _steps;

    /// <summary>Looks at the chains after a step.</summary>
    /// <returns>What it was given.</returns>
    public Tensor Keep(Tensor x)
    {
        if (_steps++ % spacing == 0)
        {
            if (_kept.Count == MaxKept)
            {
                _kept[0].Dispose();
                _kept.RemoveAt(0);
            }

            _kept.Add(x.detach().clone().DetachFromDisposeScope());
        }

        return x;
    }

    /// <summary>All that was kept, shape [B, N].</summary>
    public Tensor Points() => cat(_kept);

    public void Dispose()
    {
        foreach (var points in _kept)
        {
            points.Dispose();
        }

        _kept.Clear();
    }
}

/// <summary>The measurements of a training as lines, and the step between them on the status line.</summary>
public static class TrainingDisplay
{
    private const int Lines = 25;

    public static TrainingReport Show(double? exact, Func<IProgress<TrainingProgress>, TrainingReport> train)
    {
        Console.WriteLine("  step seconds       -F    ±error std ln w     ESS depth F(2d)-F(d)");
        if (exact is { } known)
        {
            Console.WriteLine(FormattableString.Invariant($"                {known,8:F4} is ln Z, by quadrature"));
        }

        var shown = double.NegativeInfinity;
        return StatusLine.Show("Training", say => train(new Reporter<TrainingProgress>(value =>
        {
            var record = value.Current;
            if (!value.IsRoundEnd)
            {
                say($"step {record.Step}, -F of the batch {-record.Loss:F3}, {value.Remaining:m\\:ss} left");
            }
            else if (record.FreeEnergy is { } measured && record.ElapsedSeconds - shown >= (record.ElapsedSeconds + value.Remaining.TotalSeconds) / Lines)
            {
                shown = record.ElapsedSeconds;
                Spectre.Console.AnsiConsole.WriteLine(FormattableString.Invariant(
                    $"{record.Step,6} {record.ElapsedSeconds,7:F0} {-measured.FreeEnergy,8:F4} {measured.StandardError,9:F4} {measured.Deviation,8:F3} {100 * measured.EffectiveSampleFraction,6:F1}% {measured.Depth,5} {measured.DepthCheck,10:E1}"));
            }
        })));
    }
}
