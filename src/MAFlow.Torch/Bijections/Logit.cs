using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// Maps the unit interval to the line: y = logit(λ + (1 - 2λ)x), ln |dy/dx| = ln(1 - 2λ) - ln p - ln(1 - p) with p = λ + (1 - 2λ)x.
/// </summary>
/// <remarks>
/// Zhang, E, Wang (2018), section 4.1, with λ = 1e-6. 1 - p is formed from 1 - x, which is exact near x = 1, so neither end loses digits.
/// </remarks>
public sealed class Logit : BijectionFit
{
    internal const string Kind = "logit";
    private readonly double _lambda;

    /// <summary>Creates the fit.</summary>
    /// <param name="lambda">Distance λ that keeps the ends finite, in (0, ½).</param>
    /// <exception cref="ArgumentOutOfRangeException">λ is outside (0, ½).</exception>
    public Logit(double lambda = 1e-6)
    {
        TensorChecks.RequireOption(lambda, 1e-15, 0.5 - 1e-15);
        _lambda = lambda;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value lies outside [0, 1].</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        UnitInterval.Require(data, "the logit", "it");
        return new LogitBijection(_lambda);
    }
}
