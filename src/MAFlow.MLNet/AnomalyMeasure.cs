namespace MAFlow.MLNet;

/// <summary>What the scores of a <see cref="MongeAmpereFlowTrainer"/> measure: the higher, the more anomalous.</summary>
public enum AnomalyMeasure
{
    /// <summary>-ln p of the row, in nats.</summary>
    Density,

    /// <summary>Mean distance of the row's latent code to the nearest codes of training rows: neighbours with the correlations taken
    /// out.</summary>
    LatentNeighbours,

    /// <summary>Mean distance to the nearest training rows, each feature divided by its standard deviation.</summary>
    Neighbours,

    /// <summary>Fisher's sum over the three, with the weights of Good: Σ wᵢ (-ln pᵢ), in nats, where pᵢ is the share of training rows that
    /// measure at least as high, with an exponential tail beyond their 90th percentile. w is ¼ for <see cref="Density"/>, ½ for
    /// <see cref="LatentNeighbours"/>, 1 for <see cref="Neighbours"/>.</summary>
    /// <remarks>R. A. Fisher, Statistical Methods for Research Workers, 1932; I. J. Good, On the weighted combination of significance
    /// tests, 1955.</remarks>
    Combined,
}
