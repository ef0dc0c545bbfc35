using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Whether a flow can be fitted to, or corrected towards, a density given by its energy.</summary>
internal static class TargetChecks
{
    private const long Points = 4;
    private const int RandomElements = 8;

    /// <summary>
    /// Requires that flow and energy have the same coordinates: all that an estimator needs, which is exact for a flow of any symmetry.
    /// </summary>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static void RequireOneSpace(MongeAmpereFlow flow, Energy energy)
    {
        ArgumentNullException.ThrowIfNull(flow);
        ArgumentNullException.ThrowIfNull(energy);
        if (flow.Dimension != energy.Dimension)
        {
            throw new ArgumentException(
                $"Expected a flow on {energy.Dimension} coordinates, as the energy has, got one on {flow.Dimension}.", nameof(flow));
        }
    }

    /// <summary>
    /// Requires that flow and energy have the same coordinates, that the energy is one, and that the flow has no symmetry which the energy
    /// lacks.
    /// </summary>
    /// <remarks>
    /// A flow with a symmetry too many can never reach its target, and nothing in its training would say so. It is looked for at a few
    /// random points, in float64 where the energy
    /// computes in it; infinite energies tell nothing. A flow with fewer symmetries than the energy is fine.
    /// </remarks>
    /// <exception cref="ArgumentException">The dimensions differ, or a symmetry is missing.</exception>
    /// <exception cref="InvalidOperationException">
    /// The energy returned another shape than one number per row, NaN, or a tensor without gradient.
    /// </exception>
    public static void RequireFit(MongeAmpereFlow flow, Energy energy)
    {
        RequireOneSpace(flow, energy);
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var (dtype, device) = flow.Placement();
        var x = randn([Points, flow.Dimension], dtype: float64, generator: generator).Mul(1.5).to(device);
        using (GradientMode.Recording())
        {
            var point = x.to(dtype).clone().requires_grad_();
            EnergyChecks.RequireEnergies(energy.Value(point), point);
        }

        using var _ = no_grad();
        var group = flow.Potential.Symmetry;
        var (points, value) = EnergyChecks.Widest(energy, x, dtype);
        var tolerance = value.dtype == ScalarType.Float64 ? 1e-8 : 1e-3;
        var random = Enumerable.Range(0, group.Generators.Count == 0 ? 0 : RandomElements).Select(_ => group.Draw(generator));
        foreach (var element in group.Generators.Concat(random))
        {
            using var part = NewDisposeScope();
            var difference = energy.Value(element.Apply(points)).sub(value).abs();
            difference = where(difference.isfinite(), difference, zeros_like(difference));
            var relative = difference.div(value.abs().Add(1)).max().to(float64).item<double>();
            if (relative > tolerance && Keeps(flow.Bijection, element, x.to(dtype)))
            {
                var change = FormattableString.Invariant($"{difference.max().to(float64).item<double>():G4} nats under x ↦ ")
                    + element.Text();
                throw new ArgumentException(
                    $"Expected an energy with every symmetry of the flow, got {energy.GetType().Name}, which changes by {change}, and " +
                    $"{flow.Potential.GetType().Name}, which does not change; the flow could never reach that target. " +
                    "Use a potential without this symmetry.",
                    nameof(flow));
            }
        }
    }

    /// <summary>Whether a final map commutes with an element, so that the symmetry of the potential is one of the flow.</summary>
    private static bool Keeps(Bijection? map, SymmetryElement element, Tensor x)
    {
        if (map is null)
        {
            return true;
        }

        var (moved, plain) = (map.Inverse(element.Apply(x)).Points.to(float64), element.Apply(map.Inverse(x).Points).to(float64));
        return moved.sub(plain).abs().max().item<double>() <= 1e-4 * Math.Max(1, plain.abs().max().item<double>());
    }
}
