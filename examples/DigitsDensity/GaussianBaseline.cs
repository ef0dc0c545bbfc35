using static TorchSharp.torch;

namespace DigitsDensity;

/// <summary>A Gaussian fitted to preprocessed training digits, as a density of the original pixels: what the flow has to beat.</summary>
/// <remarks>
/// A fitted whitening followed by a standard normal is that Gaussian. Dequantisation and logit are the flow's own, so all likelihoods
/// are in the same units: nats per image with bin width 1, all Jacobians included.
/// </remarks>
public sealed class GaussianBaseline : IDisposable
{
    private readonly BijectionChain _chain;

    private GaussianBaseline(BijectionChain chain) => _chain = chain;

    /// <param name="preprocessing">Dequantisation, logit, and last a <see cref="Standardization"/> for a diagonal covariance or an
    /// <see cref="AffineGaussianization"/> for a full one.</param>
    /// <param name="training">The digits to fit.</param>
    /// <param name="seed">Seed of the dequantisation noise while fitting.</param>
    public static GaussianBaseline Fit(IEnumerable<BijectionFit> preprocessing, IEnumerable<Digit> training, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        return new GaussianBaseline(BijectionChain.Fit(preprocessing, training.ToTensor(), generator));
    }

    /// <summary>Negative log-likelihood of each digit in nats.</summary>
    public double[] Nll(IEnumerable<Digit> digits)
    {
        using var scope = NewDisposeScope();
        var (y, logDeterminant) = _chain.Forward(digits.ToTensor());
        var normal = y.square().sum([1L]).mul(0.5).add(0.5 * y.shape[1] * Math.Log(2 * Math.PI));
        return normal.sub(logDeterminant).ToNumbers();
    }

    public void Dispose() => _chain.Dispose();
}
