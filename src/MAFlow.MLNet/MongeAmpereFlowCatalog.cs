using MAFlow.MLNet;

namespace Microsoft.ML;

/// <summary>
/// Collection of extension methods for the <see cref="TransformsCatalog"/> to create instances of the
/// <see cref="MongeAmpereFlowEstimator"/>.
/// </summary>
public static class MongeAmpereFlowCatalog
{
    /// <summary>
    /// Create a <see cref="MongeAmpereFlowEstimator"/>, which learns the density of a column of vectors, and gives each row
    /// its latent code, log-likelihood and anomaly score.
    /// </summary>
    /// <param name="catalog">The transform's catalog.</param>
    /// <param name="outputColumnName">Name of the column of latent codes: a vector of <see cref="float"/>, as long as the input.</param>
    /// <param name="inputColumnName">Name of the column to learn: a known-size vector of <see cref="float"/>. If set to
    /// <see langword="null"/>,
    /// the value of <paramref name="outputColumnName"/> is used.</param>
    /// <param name="hiddenUnits">Number of hidden units of the potential; <see langword="null"/> for the default of
    /// <see cref="MAFlow.Torch.Flows.DensityModelOptions"/>.</param>
    /// <param name="maxEpochs">Largest number of passes over the training rows; <see langword="null"/> for the default of
    /// <see cref="MAFlow.Torch.Training.DensityTrainerOptions"/>.</param>
    /// <param name="contamination">Share of ordinary rows that is called anomalies, from 0 to 0.5.</param>
    /// <param name="seed">Fits with the same seed and data are equal; <see langword="null"/> takes the seed from the
    /// <see cref="MLContext"/>.</param>
    /// <param name="contextColumnName">Name of a column on which the density depends, a known-size vector of <see cref="float"/>:
    /// p(x | context) in place of p(x); <see langword="null"/> for none.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.MongeAmpereFlow("Latent", "Features");
    /// var model = pipeline.Fit(data);
    /// var scored = model.Transform(data);
    /// </code>
    /// </example>
    public static MongeAmpereFlowEstimator MongeAmpereFlow(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null,
        int? hiddenUnits = null, int? maxEpochs = null,
        double contamination = FlowEstimatorOptions.DefaultContamination, int? seed = null, string? contextColumnName = null) =>
        MongeAmpereFlow(catalog, outputColumnName, inputColumnName, new()
        {
            HiddenUnits = hiddenUnits, MaxEpochs = maxEpochs, Contamination = contamination, Seed = seed,
            ContextColumnName = contextColumnName,
        });

    /// <summary>
    /// Create a <see cref="MongeAmpereFlowEstimator"/> with all its options.
    /// </summary>
    /// <param name="catalog">The transform's catalog.</param>
    /// <param name="outputColumnName">Name of the column of latent codes: a vector of <see cref="float"/>, as long as the input.</param>
    /// <param name="inputColumnName">Name of the column to learn: a known-size vector of <see cref="float"/>. If set to
    /// <see langword="null"/>,
    /// the value of <paramref name="outputColumnName"/> is used.</param>
    /// <param name="options">Everything else: preprocessing, network, training, columns, device.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static MongeAmpereFlowEstimator MongeAmpereFlow(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName, MongeAmpereFlowEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(MlNetInternals.GetEnvironment(catalog), outputColumnName, inputColumnName, options);
    }
}
