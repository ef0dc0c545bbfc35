using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>w E ∫₀ᵀ |D∇φ/Dt|² dt, the squared acceleration along the paths of the batch, by a solve of its own.</summary>
/// <remarks>D∇φ/Dt = ∇(∂ₜφ + ½|∇φ|²): zero where φ obeys the Hamilton-Jacobi equation up to a function of time, to which no point is
/// sensible.</remarks>
internal sealed class HamiltonJacobiResidual : Objective
{
    private readonly double _weight;

    public HamiltonJacobiResidual(double weight)
    {
        TensorChecks.RequireAtLeast(weight, double.Epsilon);
        _weight = weight;
    }

    public override string Identity => string.Create(CultureInfo.InvariantCulture, $"{_weight:R} Hamilton-Jacobi residual");

    internal override bool ReportsLikelihood => false;

    public override ObjectiveValue Evaluate(ObjectiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var generator = new Generator(batch.Seed);
        var values = PathIntegrals.Of(batch.Flow, batch.Points, batch.IsData, generator).SquaredAcceleration.Mul(_weight);
        return (values.mean().MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }
}
