using MAFlow.MLNet;

namespace Microsoft.ML;

/// <summary>
/// Collection of extension methods for <see cref="AnomalyDetectionCatalog.AnomalyDetectionTrainers"/> to create instances of the
/// <see cref="MongeAmpereFlowTrainer"/>.
/// </summary>
public static class MongeAmpereFlowAnomalyCatalog
{
    /// <summary>
    /// Create a <see cref="MongeAmpereFlowTrainer"/>, which learns what ordinary rows look like and scores rows by how
    /// anomalous they are.
    /// </summary>
    /// <param name="catalog">The anomaly detection catalog's trainers.</param>
    /// <param name="featureColumnName">Name of the column to learn: a known-size vector of <see cref="float"/>.</param>
    /// <param name="contamination">Share of ordinary rows that is called anomalies, from 0 to 0.5.</param>
    /// <param name="maxSeconds">Seconds after which fitting stops with the best weights so far.</param>
    /// <param name="seed">Fits with the same seed and data are equal bit for bit on one machine, unless time runs short, which a warning
    /// says; <see langword="null"/> takes the seed from the <see cref="MLContext"/>.</param>
    /// <example>
    /// <code>
    /// var model = mlContext.AnomalyDetection.Trainers.MongeAmpereFlow().Fit(ordinaryRows);
    /// var metrics = mlContext.AnomalyDetection.Evaluate(model.Transform(labelledRows));
    /// </code>
    /// </example>
    public static MongeAmpereFlowTrainer MongeAmpereFlow(
        this AnomalyDetectionCatalog.AnomalyDetectionTrainers catalog,
        string featureColumnName = MongeAmpereFlowTrainer.Options.DefaultFeatureColumnName,
        double contamination = FlowEstimatorOptions.DefaultContamination,
        double maxSeconds = MongeAmpereFlowTrainer.Options.DefaultMaxSeconds,
        int? seed = null) =>
        MongeAmpereFlow(catalog, new()
        {
            FeatureColumnName = featureColumnName, Contamination = contamination, MaxSeconds = maxSeconds, Seed = seed,
        });

    /// <summary>
    /// Create a <see cref="MongeAmpereFlowTrainer"/> with all its options.
    /// </summary>
    /// <param name="catalog">The anomaly detection catalog's trainers.</param>
    /// <param name="options">Everything: columns, contamination, time, network, device.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static MongeAmpereFlowTrainer MongeAmpereFlow(
        this AnomalyDetectionCatalog.AnomalyDetectionTrainers catalog, MongeAmpereFlowTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(MlNetInternals.GetEnvironment(catalog), options);
    }
}
