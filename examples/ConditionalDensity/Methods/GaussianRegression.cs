using System.Diagnostics;
using ConditionalDensity.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConditionalDensity.Methods;

/// <summary>What regression usually assumes: a mean, here linear in the features and in random cosines of them, with normal residuals of one
/// deviation.</summary>
public static class GaussianRegression
{
    private const int Cosines = 200, Bins = 20;
    private const double Widest = 1.6448536269514722;

    public static MethodResult Run(DataSet set, int seed)
    {
        var watch = Stopwatch.StartNew();
        var mlContext = new MLContext(seed);
        var training = Observation.View(mlContext, set.Training);
        // The labels too: the trainer's penalty is made for numbers near one.
        var scale = set.Training.Max(row => Math.Abs(row.Label));
        var model = mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(mlContext.Transforms.ApproximatedKernelMap("Cosines", "Features", rank: Cosines, useCosAndSinBases: true))
            .Append(mlContext.Transforms.Concatenate("All", "Features", "Cosines"))
            .Append(mlContext.Transforms.CustomMapping<Labelled, Scaled>((row, scaled) => scaled.Target = row.Label / scale, null))
            .Append(mlContext.Regression.Trainers.Sdca("Target", "All", l2Regularization: 1e-6f, maximumNumberOfIterations: 50))
            .Fit(training);
        var residuals = Residuals(model.Transform(training), scale);
        var deviation = Math.Sqrt(residuals.Average(residual => residual * residual));
        var seconds = watch.Elapsed.TotalSeconds;
        var standardized = Residuals(model.Transform(Observation.View(mlContext, set.Test)), scale).Select(residual => residual / deviation).ToArray();
        var mean = set.Test.Average(row => row.Label);
        var histogram = new int[Bins];
        foreach (var u in standardized)
        {
            histogram[Math.Min((int)(Cumulative(u) * Bins), Bins - 1)]++;
        }

        return new(
            "Gaussian regression",
            standardized.Average(u => 0.5 * u * u) + Math.Log(deviation * Math.Sqrt(2 * Math.PI)),
            standardized.Average(u => deviation * RankedScore(u)),
            standardized.Average(u => Math.Abs(u) <= Widest ? 1.0 : 0),
            1 - (standardized.Sum(u => Math.Pow(u * deviation, 2)) / set.Test.Sum(row => Math.Pow(row.Label - mean, 2))),
            seconds, histogram);
    }

    /// <summary>Of N(0, 1) at u: u (2Φ(u) - 1) + 2φ(u) - 1/√π (Gneiting, Raftery 2007).</summary>
    private static double RankedScore(double u) =>
        (u * ((2 * Cumulative(u)) - 1)) + (2 * Math.Exp(-0.5 * u * u) / Math.Sqrt(2 * Math.PI)) - (1 / Math.Sqrt(Math.PI));

    /// <summary>Φ(u), by the fraction of Abramowitz and Stegun 26.2.17: exact to 1e-7.</summary>
    private static double Cumulative(double u)
    {
        var t = 1 / (1 + (0.2316419 * Math.Abs(u)));
        var tail = Math.Exp(-0.5 * u * u) / Math.Sqrt(2 * Math.PI)
            * t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return u > 0 ? 1 - tail : tail;
    }

    private static double[] Residuals(IDataView scored, double scale) =>
        [.. scored.GetColumn<float>("Label").Zip(scored.GetColumn<float>("Score"), (label, score) => label - (scale * score))];

    private sealed class Labelled
    {
        public float Label { get; set; }
    }

    private sealed class Scaled
    {
        public float Target { get; set; }
    }
}
