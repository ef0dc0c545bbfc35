namespace MAFlow.Scoring.Bijections;

/// <summary>Rebuilds stored bijections.</summary>
/// <param name="kernels">Loops of the matrix products.</param>
/// <param name="dimension">Number of coordinates of the flow, which limits what is believed of a file.</param>
internal sealed class BijectionReader(Kernels<double> kernels, int dimension)
{
    private const string Chain = "chain";

    /// <summary>The bijections of a component, in the order in which data meets them; those of a chain one by one.</summary>
    /// <exception cref="NotSupportedException">A kind is not scored here.</exception>
    /// <exception cref="FormatException">What is stored does not fit together.</exception>
    public IEnumerable<Bijection> Read(StoredComponent stored) => stored.Kind switch
    {
        Chain => stored.Children("bijections").SelectMany(Read).ToList(),
        StandardizationBijection.Kind => [StandardizationBijection.Restore(stored)],
        AffineBijection.Kind => [AffineBijection.Restore(stored, kernels)],
        LowRankAffineBijection.Kind => [LowRankAffineBijection.Restore(stored, kernels)],
        SmoothingBijection.Kind => [SmoothingBijection.Restore(stored)],
        TailBijection.Kind => [TailBijection.Restore(stored)],
        LogitBijection.Kind => [LogitBijection.Restore(stored)],
        HistogramBijection.Kind => [HistogramBijection.Restore(stored)],
        MixtureBijection.Kind => [MixtureBijection.Restore(stored)],
        DequantizationBijection.Kind => [DequantizationBijection.Restore(stored)],
        CirculantBijection.Kind => [CirculantBijection.Restore(stored, dimension)],
        _ => throw Unknown.Kind(
            "bijection", stored.Kind, Chain, StandardizationBijection.Kind, AffineBijection.Kind, LowRankAffineBijection.Kind,
            SmoothingBijection.Kind, TailBijection.Kind, LogitBijection.Kind, HistogramBijection.Kind, MixtureBijection.Kind,
            DequantizationBijection.Kind, CirculantBijection.Kind),
    };
}
