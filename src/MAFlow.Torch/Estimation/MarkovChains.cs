using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Runs parallel chains of any kernel until their averages are good enough.</summary>
internal sealed class MarkovChains
{
    private const int FirstCheck = 16;
    private readonly ChainOptions options;
    private readonly IReadOnlyDictionary<string, Func<Tensor, Tensor>> observables;
    private readonly List<double[]> energies = [];
    private readonly Dictionary<string, List<double[]>> values;
    private double accepted;

    private MarkovChains(ChainOptions options, IReadOnlyDictionary<string, Func<Tensor, Tensor>> observables)
    {
        (this.options, this.observables) = (options, observables);
        values = observables.Keys.ToDictionary(name => name, _ => new List<double[]>());
    }

    /// <summary>One step of all chains.</summary>
    /// <param name="warmup">Steps of warm-up that have gone before, or null after it.</param>
    /// <returns>The new points [B, N], the energy of each [B], and which proposals were accepted [B].</returns>
    public delegate (Tensor X, Tensor Energy, Tensor Accepted) Kernel(int? warmup);

    public static ChainEstimate Run(
        Kernel kernel,
        ChainOptions options,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables,
        IProgress<ChainProgress>? progress,
        CancellationToken cancellation) =>
        new MarkovChains(options, observables ?? new Dictionary<string, Func<Tensor, Tensor>>()).ToEnd(kernel, progress, cancellation);

    private ChainEstimate ToEnd(Kernel kernel, IProgress<ChainProgress>? progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        bool Late(double share) => options.TimeLimit is { } limit && clock.Elapsed > share * limit;
        var (warmup, check, last) = (0, FirstCheck, (ChainEstimate?)null);
        void Step(bool isWarmup)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (x, energy, taken) = kernel(isWarmup ? warmup : null);
            var share = taken.to(float64).mean().item<double>();
            if (!isWarmup)
            {
                Record(x, energy, share);
            }

            progress?.Report(new(warmup + energies.Count, options.Warmup + options.Steps, isWarmup, share, last, clock.Elapsed));
        }

        for (; warmup < options.Warmup && !Late(0.25); warmup++)
        {
            Step(isWarmup: true);
        }

        // Fewer than eight steps cannot be judged.
        while (energies.Count < options.Steps && (energies.Count < 8 || !Late(1)))
        {
            Step(isWarmup: false);
            if (energies.Count < check)
            {
                continue;
            }

            last = Estimate();
            if (IsEnough(last))
            {
                return last;
            }

            check = Math.Max(check + 1, check * 5 / 4);
        }

        return Estimate();
    }

    private void Record(Tensor x, Tensor energy, double share)
    {
        accepted += share;
        energies.Add(ImportanceSampler.Numbers(energy));
        foreach (var (name, list) in values)
        {
            list.Add(ImportanceSampler.Numbers(observables[name](x)));
        }
    }

    private bool IsEnough(ChainEstimate estimate) =>
        estimate.EffectiveSamples >= options.TargetEffectiveSamples
        && estimate.RHat <= ChainDiagnostics.ReliableRHat
        && options.TargetErrors.All(target => estimate.Observables[target.Key].StandardError <= target.Value);

    private ChainEstimate Estimate()
    {
        double[] Means(List<double[]> list) => [.. Enumerable.Range(0, options.Chains).Select(chain => list.Average(step => step[chain]))];
        return new(
            accepted / energies.Count,
            options.Chains,
            energies.Count,
            values.ToDictionary(pair => pair.Key, pair => Torch.Estimate.OfChains(pair.Value)),
            values.Append(new(ChainEstimate.Energy, energies)).ToDictionary(pair => pair.Key, pair => ChainDiagnostics.Of(pair.Value)),
            new BlockMeans(Enumerable.Repeat(1.0, options.Chains), values.ToDictionary(pair => pair.Key, pair => Means(pair.Value))));
    }
}
