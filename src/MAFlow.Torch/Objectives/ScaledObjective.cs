using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>An objective times a number.</summary>
internal sealed class ScaledObjective : Objective
{
    private readonly Objective _inner;
    private readonly double _factor;

    public ScaledObjective(Objective inner, double factor)
    {
        TensorChecks.RequireAtLeast(factor, double.Epsilon);
        (_inner, _factor) = (inner, factor);
    }

    public override string Identity => string.Create(CultureInfo.InvariantCulture, $"{_factor:R} · ({_inner.Identity})");

    internal override bool NeedsKineticEnergy => _inner.NeedsKineticEnergy;

    internal override bool ReportsLikelihood => _inner.ReportsLikelihood;

    internal override double TrimmedShare => _inner.TrimmedShare;

    internal override IEnumerable<Energy> Energies => _inner.Energies;

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        using var scope = NewDisposeScope();
        var (loss, values) = _inner.Detached(batch);
        return (loss.Mul(_factor).MoveToOuterDisposeScope(), values.Mul(_factor).MoveToOuterDisposeScope());
    }
}
