namespace MAFlow.Torch.Tests;

/// <summary>Exact means of a small lattice, summed over all configurations.</summary>
internal static class Spins
{
    public static Dictionary<string, double> Means(IsingEnergy energy)
    {
        var lattice = energy.Lattice!;
        var (sums, total, bonds) = (new Dictionary<string, double>(), 0.0, lattice.Bonds().ToList());
        for (var state = 0; state < 1 << lattice.Sites; state++)
        {
            double Spin(int site) => ((state >> site) & 1) == 0 ? -1 : 1;
            var bondSum = bonds.Sum(bond => Spin(bond.First) * Spin(bond.Second));
            var weight = Math.Exp((bondSum - bonds.Count) / energy.Temperature);
            var m = Enumerable.Range(0, lattice.Sites).Sum(Spin) / lattice.Sites;
            total += weight;
            void Add(string name, double value) => sums[name] = sums.GetValueOrDefault(name) + (weight * value);
            Add("e", -bondSum / lattice.Sites);
            Add("e²", bondSum * bondSum / (lattice.Sites * (double)lattice.Sites));
            Add("|m|", Math.Abs(m));
            Add("m²", m * m);
            Add("m⁴", m * m * m * m);
            Add("S(k)", Wave(lattice, Spin));
        }

        return sums.ToDictionary(pair => pair.Key, pair => pair.Value / total);
    }

    /// <summary>|Σ s e^{-ikr}|² / N for one step along the first axis.</summary>
    private static double Wave(Lattice lattice, Func<int, double> spin)
    {
        var angle = 2 * Math.PI / lattice.Extents[0];
        var real = Enumerable.Range(0, lattice.Sites).Sum(site => spin(site) * Math.Cos(angle * lattice.Coordinates(site)[0]));
        var imaginary = Enumerable.Range(0, lattice.Sites).Sum(site => spin(site) * Math.Sin(angle * lattice.Coordinates(site)[0]));
        return ((real * real) + (imaginary * imaginary)) / lattice.Sites;
    }
}
