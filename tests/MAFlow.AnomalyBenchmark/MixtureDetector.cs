using AnomalyScoring;

namespace MAFlow.AnomalyBenchmark;

/// <summary>A mixture of Gaussians with full covariances in standardised features, by expectation maximisation from rows drawn far apart:
/// the score is the negative log-likelihood. As many components as leave ten rows per feature to each, at most 32.</summary>
internal sealed class MixtureDetector : IDetector
{
    private const int MaxComponents = 32, MaxRows = 5000, Iterations = 20, RowsPerFeature = 10;
    private const double Ridge = 1e-2;

    public string Name => "mixture";

    public IScorer Train(float[][] rows, int seed)
    {
        var standardizer = Standardizer.Of(rows);
        var random = new Random(seed);
        var sample = (float[][])rows.Clone();
        random.Shuffle(sample);
        double[][] z = [.. sample.Take(MaxRows).Select(standardizer.Apply)];
        var features = z[0].Length;
        var count = Math.Clamp(z.Length / (RowsPerFeature * features), 1, MaxComponents);
        if (count == 1)
        {
            return new GaussianDetector().Train(rows, seed);
        }

        // Centres far apart: each with a probability that grows with its squared distance from those before.
        var centres = new List<double[]> { z[0] };
        var nearest = new double[z.Length];
        Array.Fill(nearest, double.PositiveInfinity);
        while (centres.Count < count)
        {
            for (var i = 0; i < z.Length; i++)
            {
                nearest[i] = Math.Min(nearest[i], z[i].Zip(centres[^1], (a, b) => (a - b) * (a - b)).Sum());
            }

            var draw = random.NextDouble() * nearest.Sum();
            var chosen = 0;
            for (; chosen < z.Length - 1 && draw > nearest[chosen]; chosen++)
            {
                draw -= nearest[chosen];
            }

            centres.Add(z[chosen]);
        }

        var identity = new double[features, features];
        for (var i = 0; i < features; i++)
        {
            identity[i, i] = 1;
        }

        GaussianComponent[] mixture = [.. centres.Select(centre => new GaussianComponent(1.0 / count, centre, identity))];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            mixture = Improved(mixture, z);
        }

        return new Scorer(standardizer, mixture);
    }

    private static GaussianComponent[] Improved(GaussianComponent[] mixture, double[][] z)
    {
        var shares = z.Select(row => Shares(mixture, row).Shares).ToArray();
        var components = new List<GaussianComponent>();
        for (var k = 0; k < mixture.Length; k++)
        {
            var weight = shares.Sum(share => share[k]);
            if (weight < 1)
            {
                continue;
            }

            var features = z[0].Length;
            var (mean, covariance) = (new double[features], new double[features, features]);
            for (var row = 0; row < z.Length; row++)
            {
                for (var i = 0; i < features; i++)
                {
                    mean[i] += shares[row][k] * z[row][i] / weight;
                }
            }

            for (var row = 0; row < z.Length; row++)
            {
                if (shares[row][k] < 1e-6)
                {
                    continue;
                }

                for (var i = 0; i < features; i++)
                {
                    var own = shares[row][k] * (z[row][i] - mean[i]) / weight;
                    for (var j = 0; j <= i; j++)
                    {
                        covariance[i, j] += own * (z[row][j] - mean[j]);
                    }
                }
            }

            for (var i = 0; i < features; i++)
            {
                covariance[i, i] += Ridge * Ridge;
            }

            components.Add(new(weight / z.Length, mean, GaussianDetector.Cholesky(covariance)));
        }

        return [.. components];
    }

    private static (double LogDensity, double[] Shares) Shares(GaussianComponent[] mixture, double[] z)
    {
        var logs = mixture.Select(component => component.LogDensity(z)).ToArray();
        var most = logs.Max();
        var sum = logs.Sum(log => Math.Exp(log - most));
        return (most + Math.Log(sum), [.. logs.Select(log => Math.Exp(log - most) / sum)]);
    }

    private sealed class Scorer(Standardizer standardizer, GaussianComponent[] mixture) : IScorer
    {
        public double[] Score(float[][] rows) => [.. rows.Select(row => -Shares(mixture, standardizer.Apply(row)).LogDensity)];

        public void Dispose()
        {
        }
    }
}
