using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>w E|∇ ln p(x) + β∇E(x)|² over samples of the flow.</summary>
internal sealed class ForceMatching : Objective
{
    private readonly Energy _energy;
    private readonly double _weight;

    public ForceMatching(Energy energy, double weight)
    {
        ArgumentNullException.ThrowIfNull(energy);
        TensorChecks.RequireAtLeast(weight, double.Epsilon);
        (_energy, _weight) = (energy, weight);
    }

    public override string Identity =>
        string.Create(CultureInfo.InvariantCulture, $"{_weight:R} force matching to {_energy.GetType().Name}");

    internal override IEnumerable<Energy> Energies => [_energy];

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.RequireData(false, "Objective.ForceMatching", "Objective.MaximumLikelihood");
        using var scope = NewDisposeScope();
        var x = batch.Decoded.X;
        using var generator = new Generator(batch.Seed);
        // ln p is differentiated twice, which the closed reverse pass of a ridge potential is not made for.
        var logProb = batch.Flow.EncodeFully(x, generator, twiceDifferentiable: true).LogProb;
        var values = logProb.Add(_energy.Value(x), alpha: batch.InverseTemperature);
        var forces = autograd.grad([values.sum()], [x], retain_graph: true, create_graph: true)[0].Square().sum([1L]).Mul(_weight);
        return (forces.mean().MoveToOuterDisposeScope(), forces.MoveToOuterDisposeScope());
    }
}
