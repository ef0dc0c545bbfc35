using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Whether a flow can be fitted to, or corrected towards, a density given by its energy.</summary>
internal static class TargetChecks
{
    private const long Points = 4;
    private const int RandomElements = 8;

    /// <summary>Requires one energy per row, without NaN at finite points, and connected to its argument where a gradient is needed.</summary>
    /// <returns>The energies.</returns>
    /// <exception cref="InvalidOperationException">They are something else.</exception>
    public static Tensor RequireEnergies(Tensor? value, Tensor x)
    {
        var rows = x.shape[0];
        if (value is null || value.dim() != 1 || value.shape[0] != rows)
        {
            throw new InvalidOperationException($"Expected energies of shape [{rows}], one per row, got {(value is null ? "null" : TensorChecks.Format(value.shape))}; sum over the coordinates with sum([1L]).");
        }

        if (is_grad_enabled() && x.requires_grad && !value.requires_grad)
        {
            throw new InvalidOperationException("Expected energies that can be differentiated, got a tensor without gradient; use torch operations only, without detach, item or data.");
        }

        using var scope = NewDisposeScope();
        // Infinite points are the caller's divergence, not the function's.
        if (value.isnan().any().item<bool>() && x.isfinite().all().item<bool>())
        {
            throw new InvalidOperationException("Expected energies without NaN, got NaN at a finite point; keep logarithms and roots inside their domain.");
        }

        return value;
    }

    /// <summary>Requires that flow and energy have the same coordinates: all that an estimator needs, which is exact for a flow of any symmetry.</summary>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static void RequireOneSpace(MongeAmpereFlow flow, Energy energy)
    {
        ArgumentNullException.ThrowIfNull(flow);
        ArgumentNullException.ThrowIfNull(energy);
        if (flow.Dimension != energy.Dimension)
        {
            throw new ArgumentException($"Expected a flow on {energy.Dimension} coordinates, as the energy has, got one on {flow.Dimension}.", nameof(flow));
        }
    }

    /// <summary>Requires that flow and energy have the same coordinates, that the energy is one, and that the flow has no symmetry which the energy lacks.</summary>
    /// <remarks>
    /// A flow with a symmetry too many can never reach its target, and nothing in its training would say so. It is looked for at a few random points, in float64 where the energy
    /// computes in it; infinite energies tell nothing. A flow with fewer symmetries than the energy is fine.
    /// </remarks>
    /// <exception cref="ArgumentException">The dimensions differ, or a symmetry is missing.</exception>
    /// <exception cref="InvalidOperationException">The energy returned another shape than one number per row, NaN, or a tensor without gradient.</exception>
    public static void RequireFit(MongeAmpereFlow flow, Energy energy)
    {
        RequireOneSpace(flow, energy);
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var (dtype, device) = flow.Placement();
        var x = randn([Points, flow.Dimension], dtype: float64, generator: generator).Mul(1.5).to(device);
        using (enable_grad())
        {
            var point = x.to(dtype).requires_grad_();
            RequireEnergies(energy.Value(point), point);
        }

        using var _ = no_grad();
        var group = flow.Potential.Symmetry;
        var (points, value) = Reference(energy, x, dtype);
        var tolerance = value.dtype == ScalarType.Float64 ? 1e-8 : 1e-3;
        foreach (var element in group.Generators.Concat(Enumerable.Range(0, group.Generators.Count == 0 ? 0 : RandomElements).Select(_ => group.Draw(generator))))
        {
            using var part = NewDisposeScope();
            var difference = energy.Value(element.Apply(points)).sub(value).abs();
            difference = where(difference.isfinite(), difference, zeros_like(difference));
            if (difference.div(value.abs().Add(1)).max().to(float64).item<double>() > tolerance && Keeps(flow.Bijection, element, x.to(dtype)))
            {
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"Expected an energy with every symmetry of the flow, got {energy.GetType().Name}, which changes by {difference.max().to(float64).item<double>():G4} nats under x ↦ {element}, and {flow.Potential.GetType().Name}, which does not change; the flow could never reach that target. Use a potential without this symmetry."),
                    nameof(flow));
            }
        }
    }

    /// <summary>Points in the widest type that the energy computes in, float64 unless it refuses, and their energies.</summary>
    private static (Tensor Points, Tensor Value) Reference(Energy energy, Tensor x, ScalarType dtype)
    {
        try
        {
            return (x, energy.Value(x));
        }
        catch (ExternalException) when (dtype != ScalarType.Float64)
        {
            // Constants of another type inside a user's function.
            var narrow = x.to(dtype);
            return (narrow, energy.Value(narrow));
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
