namespace ConditionalDensity.Data;

/// <summary>Two sets whose densities are known: one whose spread depends on x, one with two branches.</summary>
public static class SyntheticData
{
    /// <summary>y = N(μ, σ²) with μ = 2 + 3 sin 2x and σ = 0.2 + 0.9 (x/2)².</summary>
    public static DataSet Heteroscedastic(int rows, int testRows, int seed)
    {
        static double Mean(double x) => 2 + (3 * Math.Sin(2 * x));
        static double Deviation(double x) => 0.2 + (0.9 * x * x / 4);
        return Make("heteroscedastic", rows, testRows, seed,
            (x, random) => Mean(x) + (Deviation(x) * Normal(random)),
            (x, y) => Density(y, Mean(x), Deviation(x)));
    }

    /// <summary>Two branches that part: y = N(±(0.25 + (x + 2)/2), 0.25²), the upper one with probability 0.5 + 0.15 x.</summary>
    public static DataSet Bimodal(int rows, int testRows, int seed)
    {
        static double Branch(double x) => 0.25 + ((x + 2) / 2);
        static double Upper(double x) => 0.5 + (0.15 * x);
        return Make("bimodal", rows, testRows, seed,
            (x, random) => (random.NextDouble() < Upper(x) ? Branch(x) : -Branch(x)) + (0.25 * Normal(random)),
            (x, y) => (Upper(x) * Density(y, Branch(x), 0.25)) + ((1 - Upper(x)) * Density(y, -Branch(x), 0.25)));
    }

    private static DataSet Make(
        string name, int rows, int testRows, int seed, Func<double, Random, double> draw, Func<double, double, double> density)
    {
        var random = new Random(seed);
        Observation[] all = [.. Enumerable.Range(0, rows + testRows).Select(_ =>
        {
            var x = (4 * random.NextDouble()) - 2;
            return new Observation { Features = [(float)x], Label = (float)draw(x, random) };
        })];
        var test = all[rows..];
        return new(name, "y", all[..rows], test, -test.Average(row => Math.Log(density(row.Features[0], row.Label))));
    }

    private static double Density(double y, double mean, double deviation) =>
        Math.Exp(-0.5 * Math.Pow((y - mean) / deviation, 2)) / (deviation * Math.Sqrt(2 * Math.PI));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
