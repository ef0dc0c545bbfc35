using AnomalyScoring.Detectors;

namespace MAFlow.AnomalyBenchmark;

/// <summary>Distance to the fifth nearest training row in standardised features.</summary>
internal sealed class NeighbourDetector : IDetector
{
    private const int Neighbours = 5;

    public string Name => "5 nearest";

    public IScorer Train(float[][] rows, int seed)
    {
        var standardizer = Standardizer.Of(rows);
        return new Scorer(standardizer, [.. rows.Select(standardizer.Apply)]);
    }

    private sealed class Scorer(Standardizer standardizer, double[][] known) : IScorer
    {
        public double[] Score(float[][] rows) => [.. rows.Select(row => Fifth(standardizer.Apply(row)))];

        public void Dispose()
        {
        }

        private double Fifth(double[] z)
        {
            var nearest = new double[Neighbours];
            Array.Fill(nearest, double.PositiveInfinity);
            foreach (var row in known)
            {
                var sum = 0.0;
                for (var i = 0; i < z.Length && sum < nearest[^1]; i++)
                {
                    sum += (z[i] - row[i]) * (z[i] - row[i]);
                }

                if (sum >= nearest[^1])
                {
                    continue;
                }

                nearest[^1] = sum;
                Array.Sort(nearest);
            }

            return nearest[^1];
        }
    }
}
