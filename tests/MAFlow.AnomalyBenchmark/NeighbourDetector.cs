using AnomalyScoring;
using MAFlow.Scoring.Neighbours;

namespace MAFlow.AnomalyBenchmark;

/// <summary>Mean distance to the k nearest of all training rows in standardised features.</summary>
internal sealed class NeighbourDetector(int neighbours) : IDetector
{
    public string Name => $"{neighbours} nearest";

    public IScorer Train(float[][] rows, int seed)
    {
        var standardizer = Standardizer.Of(rows);
        var known = Standardized(rows);
        var (centre, scale) = (new float[rows[0].Length], new float[rows[0].Length]);
        Array.Fill(scale, 1);
        return new Scorer(new(known, centre, scale, Math.Min(neighbours, rows.Length - 1)), Standardized);

        float[] Standardized(float[][] some) => [.. some.SelectMany(row => standardizer.Apply(row)).Select(value => (float)value)];
    }

    private sealed class Scorer(NeighbourIndex index, Func<float[][], float[]> standardized) : IScorer
    {
        public double[] Score(float[][] rows)
        {
            var distances = new float[rows.Length];
            index.Measure(standardized(rows), distances);
            return Array.ConvertAll(distances, distance => (double)distance);
        }

        public void Dispose()
        {
        }
    }
}
