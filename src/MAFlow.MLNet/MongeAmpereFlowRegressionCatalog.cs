using MAFlow.MLNet;

namespace Microsoft.ML;

/// <summary>
/// Collection of extension methods for <see cref="RegressionCatalog.RegressionTrainers"/> to create instances of the
/// <see cref="MongeAmpereFlowRegressionTrainer"/>.
/// </summary>
public static class MongeAmpereFlowRegressionCatalog
{
    /// <summary>
    /// Create a <see cref="MongeAmpereFlowRegressionTrainer"/>, which predicts the distribution of a label: its mean, its deviation, its
    /// quantiles.
    /// </summary>
    /// <param name="catalog">The regression catalog's trainers.</param>
    /// <param name="labelColumnName">Name of the column to predict: a <see cref="float"/>.</param>
    /// <param name="featureColumnName">Name of the column to predict from: a known-size vector of <see cref="float"/>.</param>
    /// <param name="maxSeconds">Seconds after which fitting stops with the best weights so far.</param>
    /// <param name="seed">Fits with the same seed and data are equal bit for bit on one machine, unless time runs short;
    /// <see langword="null"/> takes the seed from the <see cref="MLContext"/>.</param>
    /// <example>
    /// <code>
    /// var model = mlContext.Regression.Trainers.MongeAmpereFlow("Price").Fit(houses);
    /// var metrics = model.Evaluate(otherHouses);
    /// </code>
    /// </example>
    public static MongeAmpereFlowRegressionTrainer MongeAmpereFlow(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = MongeAmpereFlowRegressionTrainer.Options.DefaultLabelColumnName,
        string featureColumnName = MongeAmpereFlowRegressionTrainer.Options.DefaultFeatureColumnName,
        double maxSeconds = MongeAmpereFlowRegressionTrainer.Options.DefaultMaxSeconds,
        int? seed = null) =>
        MongeAmpereFlow(catalog, new()
        {
            LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, MaxSeconds = maxSeconds, Seed = seed,
        });

    /// <summary>
    /// Create a <see cref="MongeAmpereFlowRegressionTrainer"/> with all its options.
    /// </summary>
    /// <param name="catalog">The regression catalog's trainers.</param>
    /// <param name="options">Everything: columns, levels of quantiles, time, network, device.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static MongeAmpereFlowRegressionTrainer MongeAmpereFlow(
        this RegressionCatalog.RegressionTrainers catalog, MongeAmpereFlowRegressionTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(MlNetInternals.GetEnvironment(catalog), options);
    }
}
