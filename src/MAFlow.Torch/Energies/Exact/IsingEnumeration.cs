namespace MAFlow.Torch.Energies.Exact;

/// <summary>Every configuration of a small Ising lattice, counted once by its bond sum Σ sᵢsⱼ.</summary>
/// <remarks>One pass in Gray-code order, a single spin flip from one configuration to the next, serves every temperature.</remarks>
internal sealed class IsingEnumeration
{
    /// <summary>Largest number of sites that is enumerated.</summary>
    public const int MaxSites = 24;

    private readonly int _bonds;
    private readonly int _sites;
    private readonly double[] _counts;
    private readonly double[] _squares;

    /// <summary>Enumerates a lattice.</summary>
    /// <param name="lattice">At most <see cref="MaxSites"/> sites, any boundary.</param>
    /// <exception cref="ArgumentOutOfRangeException">The lattice is too large.</exception>
    public IsingEnumeration(Lattice lattice)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        TensorChecks.RequireOption(lattice.Sites, 1, MaxSites, nameof(lattice));
        _sites = lattice.Sites;
        var pairs = lattice.Bonds().ToList();
        _bonds = pairs.Count;
        var neighbours = Enumerable.Range(0, _sites)
            .Select(site => pairs.Where(pair => pair.First == site).Select(pair => pair.Second)
                .Concat(pairs.Where(pair => pair.Second == site).Select(pair => pair.First)).ToArray())
            .ToArray();
        _counts = new double[(2 * _bonds) + 1];
        _squares = new double[(2 * _bonds) + 1];
        Count(neighbours);
    }

    /// <summary>ln Z = ln Σ_s exp(Σ sᵢsⱼ / T).</summary>
    /// <param name="temperature">T in units of the coupling, at least 1e-6.</param>
    public double LogPartition(double temperature)
    {
        TensorChecks.RequireAtLeast(temperature, KaufmanTorus.MinTemperature);
        return (_bonds / temperature) + Math.Log(Weighted(_counts, temperature));
    }

    /// <summary>⟨(Σ s / N)²⟩.</summary>
    /// <param name="temperature">T in units of the coupling, at least 1e-6.</param>
    public double MagnetizationSquared(double temperature)
    {
        TensorChecks.RequireAtLeast(temperature, KaufmanTorus.MinTemperature);
        return Weighted(_squares, temperature) / Weighted(_counts, temperature) / ((double)_sites * _sites);
    }

    /// <summary>Sum over bond sums, weighted relative to the ground state of a ferromagnet.</summary>
    private double Weighted(double[] table, double temperature)
    {
        var total = 0.0;
        for (var index = 0; index < table.Length; index++)
        {
            total += table[index] * Math.Exp((index - (2 * _bonds)) / temperature);
        }

        return total;
    }

    private void Count(int[][] neighbours)
    {
        var spins = Enumerable.Repeat(1, _sites).ToArray();
        var (bondSum, magnetization) = (_bonds, _sites);
        for (var step = 1L; ; step++)
        {
            _counts[bondSum + _bonds]++;
            _squares[bondSum + _bonds] += (double)magnetization * magnetization;
            if (step == 1L << _sites)
            {
                return;
            }

            var flipped = System.Numerics.BitOperations.TrailingZeroCount(step);
            var field = 0;
            foreach (var neighbour in neighbours[flipped])
            {
                field += spins[neighbour];
            }

            bondSum -= 2 * spins[flipped] * field;
            magnetization -= 2 * spins[flipped];
            spins[flipped] = -spins[flipped];
        }
    }
}
