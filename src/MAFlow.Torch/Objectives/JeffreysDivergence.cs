using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>(1 - s) KL(p | p*) + s KL(p* | p) of a flow p and the target p* ∝ e^{-βE}, by samples of the flow alone.</summary>
/// <remarks>
/// KL(p | p*) = F + ln Z forgives a flow that leaves out what the target has; then few samples get large importance weights w = p*/p.
/// KL(p* | p) does not. Its path gradient weighs each sample by w. Where the weights are so uneven that few samples would decide, they are
/// tempered: w^a with the largest a of 1, 0.8, 0.64, … at which at least half of the samples count. The second part then has the share
/// s a: far from the target its samples say little, and F leads.
/// Vaitl, Nicoli, Nakajima, Kessel, "Gradients should stay on path" (2022).
/// </remarks>
internal sealed class JeffreysDivergence : Objective
{
    private const double MinSampleShare = 0.5, Tempering = 0.8, MinExponent = 0.01;
    private readonly Energy _energy;
    private readonly double _forwardShare;

    public JeffreysDivergence(Energy energy, double forwardShare)
    {
        ArgumentNullException.ThrowIfNull(energy);
        TensorChecks.RequireOption(forwardShare, 0, 1);
        (_energy, _forwardShare) = (energy, forwardShare);
    }

    public override string Identity =>
        string.Create(CultureInfo.InvariantCulture, $"Jeffreys divergence to {_energy.GetType().Name}, {_forwardShare:R} of it forward");

    internal override IEnumerable<Energy> Energies => [_energy];

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.RequireData(false, "Objective.JeffreysDivergence", "Objective.MaximumLikelihood");
        using var scope = NewDisposeScope();
        var (loss, values) = PathGradient.Of(batch, _energy, Factors);
        return (loss.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }

    /// <summary>w^a over its sum, and a.</summary>
    internal static (Tensor Weights, double Exponent) Tempered(Tensor logWeights)
    {
        using var scope = NewDisposeScope();
        var exact = logWeights.to(float64);
        for (var exponent = 1.0; exponent > MinExponent; exponent *= Tempering)
        {
            var weights = exact.Mul(exponent).softmax(0);
            if (1 >= MinSampleShare * weights.shape[0] * weights.Square().sum().item<double>())
            {
                return (weights.MoveToOuterDisposeScope(), exponent);
            }
        }

        return (ones_like(exact).Div(exact.shape[0]).MoveToOuterDisposeScope(), 0);
    }

    private Tensor Factors(Tensor logWeights)
    {
        var (weights, exponent) = Tempered(logWeights);
        var share = _forwardShare * exponent;
        return weights.Mul(share * logWeights.shape[0]).Add(1 - share);
    }
}
