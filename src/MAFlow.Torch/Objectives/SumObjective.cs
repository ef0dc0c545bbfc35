using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>Two objectives of one batch; the first is what is reported.</summary>
internal sealed class SumObjective : Objective
{
    private readonly Objective _first;
    private readonly Objective _second;

    public SumObjective(Objective first, Objective second)
    {
        ArgumentNullException.ThrowIfNull(second);
        (_first, _second) = (first, second);
    }

    public override string Identity => $"({_first.Identity}) + ({_second.Identity})";

    internal override bool NeedsKineticEnergy => _first.NeedsKineticEnergy || _second.NeedsKineticEnergy;

    internal override bool ReportsLikelihood => _first.ReportsLikelihood;

    internal override double TrimmedShare => Math.Max(_first.TrimmedShare, _second.TrimmedShare);

    internal override IEnumerable<Energy> Energies => _first.Energies.Concat(_second.Energies);

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (_first.Detached(batch), _second.Detached(batch));
        return (first.Loss.Add(second.Loss).MoveToOuterDisposeScope(), first.Values.MoveToOuterDisposeScope());
    }
}
