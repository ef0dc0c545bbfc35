using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>w E ∫₀ᵀ |∇φ|² dt, by the quadrature that goes with the solve.</summary>
internal sealed class KineticEnergy : Objective
{
    private readonly double _weight;

    public KineticEnergy(double weight)
    {
        TensorChecks.RequireAtLeast(weight, double.Epsilon);
        _weight = weight;
    }

    public override string Identity => string.Create(CultureInfo.InvariantCulture, $"{_weight:R} kinetic energy");

    internal override bool NeedsKineticEnergy => true;

    internal override bool ReportsLikelihood => false;

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var values = batch.KineticEnergy.Mul(_weight);
        return (values.mean().MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }
}
