using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Runs parallel chains of any kernel until their averages are good enough.</summary>
internal sealed class MarkovChains
{
    private const int FirstCheck = 16;

    private readonly ChainOptions _options;
    private readonly SamplerRun _run;
    private readonly List<double[]> _energies = [];
    private readonly Dictionary<string, List<double[]>> _values;
    private double _accepted;

    private MarkovChains(ChainOptions options, SamplerRun run) =>
        (_options, _run, _values) = (options, run, run.Observables.Lists<double[]>());

    /// <summary>One step of all chains.</summary>
    /// <param name="warmup">Steps of warm-up that have gone before, or null after it.</param>
    /// <returns>The new points [B, N], the energy of each [B], and which proposals were accepted [B].</returns>
    public delegate (Tensor X, Tensor Energy, Tensor Accepted) Kernel(int? warmup);

    public static ChainEstimate Run(Kernel kernel, ChainOptions options, SamplerRun run) => new MarkovChains(options, run).ToEnd(kernel);

    private ChainEstimate ToEnd(Kernel kernel)
    {
        var warmup = 0;
        for (; warmup < _options.Warmup && !_run.IsLate(_options.TimeLimit, 0.25); warmup++)
        {
            Step(kernel, warmup, warmup, null);
        }

        var (check, last) = (FirstCheck, (ChainEstimate?)null);
        // Fewer than eight steps cannot be judged.
        while (_energies.Count < _options.Steps && (_energies.Count < 8 || !_run.IsLate(_options.TimeLimit)))
        {
            Step(kernel, null, warmup, last);
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

    /// <param name="kernel">Takes the step.</param>
    /// <param name="warmup">Steps of warm-up before this one, or null after it.</param>
    /// <param name="before">All steps of warm-up so far.</param>
    /// <param name="last">The estimate at the last check.</param>
    private void Step(Kernel kernel, int? warmup, int before, ChainEstimate? last)
    {
        _run.ThrowIfCancelled();
        using var scope = NewDisposeScope();
        var (x, energy, accepted) = kernel(warmup);
        if (warmup is null)
        {
            _accepted += accepted.to(float64).mean().item<double>();
            _energies.Add(FlowWeights.Numbers(energy));
            foreach (var (name, numbers) in _run.Observables.At(x))
            {
                _values[name].Add(numbers);
            }
        }

        var step = before + _energies.Count + (warmup is null ? 0 : 1);
        var check = last is null
            ? ""
            : FormattableString.Invariant($", R-hat {last.RHat:F3}, {last.EffectiveSamples:F0} effective samples");
        _run.ReportStep(warmup is not null, step, _options.Warmup + _options.Steps, check);
    }

    private bool IsEnough(ChainEstimate estimate) =>
        estimate.EffectiveSamples >= _options.TargetEffectiveSamples
        && estimate.RHat <= Reliability.MaxRHat
        && _options.TargetErrors.All(target => estimate.Observables[target.Key].StandardError <= target.Value);

    private ChainEstimate Estimate()
    {
        double[] Means(List<double[]> list) => [.. Enumerable.Range(0, _options.Chains).Select(chain => list.Average(step => step[chain]))];
        return new(
            _accepted / _energies.Count,
            _energies.Count,
            _values.ToDictionary(pair => pair.Key, pair => Estimation.Estimate.OfChains(pair.Value)),
            _values.Append(new(ChainEstimate.EnergyName, _energies))
                .ToDictionary(pair => pair.Key, pair => ChainDiagnostics.Of(pair.Value)),
            new BlockMeans(Enumerable.Repeat(1.0, _options.Chains), _values.ToDictionary(pair => pair.Key, pair => Means(pair.Value))));
    }
}
