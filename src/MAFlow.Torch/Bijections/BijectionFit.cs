using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Says which bijection to fit to data, without the data.</summary>
public abstract class BijectionFit
{
    /// <summary>Takes a bijection that was fitted before: every model gets a copy of it, whatever its data.</summary>
    /// <param name="bijection">Stays the caller's, who disposes it once the models are made. A family of your own needs a reader, see
    /// <see cref="Kinds"/>.</param>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public static BijectionFit Given(Bijection bijection)
    {
        ArgumentNullException.ThrowIfNull(bijection);
        return new GivenBijection(bijection);
    }

    /// <summary>Fits a bijection to data.</summary>
    /// <param name="data">Rows [rows, N] as the fits before this one left them, float64 on the CPU.</param>
    /// <returns>A bijection that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The data cannot be mapped this way.</exception>
    protected internal abstract Bijection Fit(Tensor data);

    /// <summary>Fits a bijection within a chain.</summary>
    /// <param name="data">Rows [rows, N] as the fits before this one left them, float64 on the CPU.</param>
    /// <param name="sample">Which rows to look at where a few thousand are enough.</param>
    /// <param name="limits">Who waits, and for how long.</param>
    internal virtual Bijection Fit(Tensor data, RowSample sample, FitLimits limits) => Fit(data);
}
