using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>E[-ln p(x)] over data.</summary>
internal sealed class MaximumLikelihood : Objective
{
    public override string Identity => "maximum likelihood";

    internal override bool IsLikelihood => true;

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.RequireData(true, "Objective.MaximumLikelihood", "Objective.FreeEnergy(energy)");
        using var scope = NewDisposeScope();
        var nll = batch.Encoded.LogProb.neg();
        return (nll.mean().MoveToOuterDisposeScope(), nll.MoveToOuterDisposeScope());
    }
}
