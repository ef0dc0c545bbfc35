using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Runs parallel chains of any kernel and averages over them.</summary>
internal static class MarkovChains
{
    /// <summary>One step of all chains.</summary>
    /// <returns>The new points [B, N], the energy of each [B], and which proposals were accepted [B].</returns>
    public delegate (Tensor X, Tensor Energy, Tensor Accepted) Kernel();

    public static ChainEstimate Run(
        Kernel kernel, int warmup, int steps, IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables, CancellationToken cancellation)
    {
        var (accepted, energies) = (0.0, new List<double[]>());
        var values = (observables ?? new Dictionary<string, Func<Tensor, Tensor>>()).ToDictionary(pair => pair.Key, pair => new List<double[]>());
        for (var step = 0; step < warmup + steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (x, energy, taken) = kernel();
            if (step < warmup)
            {
                continue;
            }

            accepted += taken.to(float64).mean().item<double>();
            energies.Add(ImportanceSampler.Numbers(energy));
            foreach (var (name, list) in values)
            {
                list.Add(ImportanceSampler.Numbers(observables![name](x)));
            }
        }

        return new(accepted / steps, Autocorrelation.Time(energies), values.ToDictionary(pair => pair.Key, pair => Estimate.OfChains(pair.Value)));
    }
}
