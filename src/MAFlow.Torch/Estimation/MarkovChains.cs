using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Runs parallel chains of any kernel until their averages are good enough.</summary>
internal sealed class MarkovChains
{
    private const int FirstCheck = 16;
    private readonly ChainOptions _options;
    private readonly IReadOnlyDictionary<string, Func<Tensor, Tensor>> _observables;
    private readonly List<double[]> _energies = [];
    private readonly Dictionary<string, List<double[]>> _values;
    private double _accepted;

    private MarkovChains(ChainOptions options, IReadOnlyDictionary<string, Func<Tensor, Tensor>> observables)
    {
        (_options, _observables) = (options, observables);
        _values = observables.Keys.ToDictionary(name => name, _ => new List<double[]>());
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
        bool Late(double share) => _options.TimeLimit is { } limit && clock.Elapsed > share * limit;
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

            progress?.Report(new(warmup + _energies.Count, _options.Warmup + _options.Steps, isWarmup, share, last, clock.Elapsed));
        }

        for (; warmup < _options.Warmup && !Late(0.25); warmup++)
        {
            Step(isWarmup: true);
        }

        // Fewer than eight steps cannot be judged.
        while (_energies.Count < _options.Steps && (_energies.Count < 8 || !Late(1)))
        {
            Step(isWarmup: false);
            if (_energies.Count < check)
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
        _accepted += share;
        _energies.Add(ImportanceSampler.Numbers(energy));
        foreach (var (name, list) in _values)
        {
            list.Add(ImportanceSampler.Numbers(_observables[name](x)));
        }
    }

    private bool IsEnough(ChainEstimate estimate) =>
        estimate.EffectiveSamples >= _options.TargetEffectiveSamples
        && estimate.RHat <= ChainDiagnostics.ReliableRHat
        && _options.TargetErrors.All(target => estimate.Observables[target.Key].StandardError <= target.Value);

    private ChainEstimate Estimate()
    {
        double[] Means(List<double[]> list) => [.. Enumerable.Range(0, _options.Chains).Select(chain => list.Average(step => step[chain]))];
        return new(
            _accepted / _energies.Count,
            _options.Chains,
            _energies.Count,
            _values.ToDictionary(pair => pair.Key, pair => Estimation.Estimate.OfChains(pair.Value)),
            _values.Append(new(ChainEstimate.Energy, _energies)).ToDictionary(pair => pair.Key, pair => ChainDiagnostics.Of(pair.Value)),
            new BlockMeans(Enumerable.Repeat(1.0, _options.Chains), _values.ToDictionary(pair => pair.Key, pair => Means(pair.Value))));
    }
}
