using System.Diagnostics;
using MAFlow.Examples;
using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConditionalDensity;

/// <summary>What a method says of the test rows of a set.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Nll">Mean -ln p(label), in nats.</param>
/// <param name="RankedScore">Mean continuous ranked probability score, in units of the label.</param>
/// <param name="Coverage">Share of labels within the central interval of 90%.</param>
/// <param name="RSquared">Share of the variance that the mean explains.</param>
/// <param name="TrainSeconds">Seconds of training.</param>
/// <param name="Histogram">Rows with P(y ≤ label) in each of 20 equal bins.</param>
public sealed record MethodResult(
    string Method, double Nll, double RankedScore, double Coverage, double RSquared, double TrainSeconds, IReadOnlyList<int> Histogram);

/// <summary>The Monge-Ampère flow with its default options.</summary>
public static class FlowMethod
{
    public static readonly IReadOnlyList<double> Levels = [0.05, 0.15, 0.25, 0.35, 0.45, 0.5, 0.55, 0.65, 0.75, 0.85, 0.95];

    public static MongeAmpereFlowRegressionTransformer Train(DataSet set, Settings settings, CancellationToken cancellationToken) =>
        EpochDisplay.Show(set.Name, progress =>
        {
            var mlContext = new MLContext(settings.Seed);
            return mlContext.Regression.Trainers.MongeAmpereFlow(new MongeAmpereFlowRegressionTrainer.Options
            {
                QuantileLevels = Levels,
                MaxSeconds = settings.MaxSeconds,
                Seed = settings.Seed,
                Progress = progress,
                CancellationToken = cancellationToken,
            }).Fit(Observation.View(mlContext, set.Training));
        });

    public static MethodResult Test(MongeAmpereFlowRegressionTransformer model, DataSet set)
    {
        var mlContext = new MLContext();
        var data = Observation.View(mlContext, set.Test);
        var metrics = model.Evaluate(data);
        return new(
            "Monge-Ampère flow", -metrics.MeanLogLikelihood, metrics.ContinuousRankedProbabilityScore, metrics.Coverage(0.9),
            mlContext.Regression.Evaluate(model.Transform(data)).RSquared, model.Report!.Elapsed.TotalSeconds, metrics.CumulativeHistogram);
    }

    /// <summary>Quantiles of each row, in the order of <see cref="Levels"/>.</summary>
    public static float[][] Quantiles(MongeAmpereFlowRegressionTransformer model, IReadOnlyList<Observation> rows) =>
        [.. model.Transform(Observation.View(new MLContext(), rows)).GetColumn<float[]>("Quantiles")];
}

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
