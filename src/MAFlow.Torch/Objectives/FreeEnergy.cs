using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>F = E[ln p_θ(x) + βE(x)] with x = x_θ(z).</summary>
/// <remarks>
/// Its derivative by θ has a pathwise part, through x, and a part through θ in ln p_θ whose mean E[∂ ln p_θ/∂θ] is zero but whose spread
/// is not. The path gradient leaves the latter
/// out, so its spread vanishes where the flow is the target. Roeder, Wu, Duvenaud (2017); Vaitl, Nicoli, Nakajima, Kessel (2022).
/// </remarks>
internal sealed class FreeEnergy : Objective
{
    private readonly Energy _energy;
    private readonly bool _pathGradient;

    public FreeEnergy(Energy energy, bool pathGradient)
    {
        ArgumentNullException.ThrowIfNull(energy);
        (_energy, _pathGradient) = (energy, pathGradient);
    }

    public override string Identity =>
        $"free energy of {_energy.GetType().Name}, {(_pathGradient ? "Path" : "Reparametrized")} gradient";

    internal override IEnumerable<Energy> Energies => [_energy];

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.RequireData(false, "Objective.FreeEnergy", "Objective.MaximumLikelihood");
        using var scope = NewDisposeScope();
        var (loss, values) = _pathGradient ? PathGradient.Of(batch, _energy) : Reparametrized(batch);
        return (loss.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }

    private ObjectiveValue Reparametrized(ObjectiveBatch batch)
    {
        var values = batch.Decoded.LogProb.Add(_energy.Value(batch.Decoded.X), alpha: batch.InverseTemperature);
        return (values.mean(), values);
    }
}
