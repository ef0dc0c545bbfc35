using static TorchSharp.torch;

namespace MAFlow.Torch.Energies.Particles;

/// <summary>ε [(r/d)¹² - 2 (r/d)⁶], of depth ε at distance r, with a soft core.</summary>
/// <remarks>
/// With σ = d²/r² it is ε [σ⁻⁶ - 2σ⁻³]. Below the core's radius its Taylor polynomial of second order in σ continues it, so that energies
/// and forces are finite and smooth wherever particles are. It may be cut at a distance, where it is shifted to zero.
/// </remarks>
/// <param name="depth">ε.</param>
/// <param name="distance">r.</param>
/// <param name="core">Radius of the core in units of r.</param>
/// <param name="cutoff">Distance at which it ends; null for none.</param>
internal sealed class LennardJones(double depth, double distance, double core, double? cutoff = null) : PairInteraction
{
    /// <inheritdoc/>
    public override bool IsSmoothAtContact => core > 0;

    /// <inheritdoc/>
    public override bool Confines => false;

    /// <inheritdoc/>
    public override Tensor Value(Tensor square)
    {
        using var scope = NewDisposeScope();
        var sigma = square.Div(distance * distance);
        var edge = core * core;
        var cube = sigma.ClampMin(edge).Pow(-3);
        var energy = cube.Square().Add(cube, alpha: -2);
        if (core > 0)
        {
            var inner = Math.Pow(edge, -3);
            var (slope, curvature) = (6 * (inner - (inner * inner)) / edge, ((42 * inner * inner) - (24 * inner)) / (edge * edge));
            // Zero outside of the core, where the first part has its own slope.
            var below = sigma.Sub(edge).Clamp(-edge, 0);
            energy = energy.Add(below, alpha: slope).Add(below.Square(), alpha: curvature / 2);
        }

        if (cutoff is { } end)
        {
            var last = Math.Pow(distance / end, 6);
            energy = energy.Sub((last * last) - (2 * last)).mul(square.Lt(end * end));
        }

        return energy.Mul(depth).MoveToOuterDisposeScope();
    }
}
