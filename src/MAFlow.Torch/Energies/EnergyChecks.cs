using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>Whether a function of a tensor is an energy, and in which numbers it computes.</summary>
internal static class EnergyChecks
{
    /// <summary>
    /// Requires one energy per row, without NaN at finite points, and connected to its argument where a gradient is needed.
    /// </summary>
    /// <returns>The energies.</returns>
    /// <exception cref="InvalidOperationException">They are something else.</exception>
    public static Tensor RequireEnergies(Tensor? value, Tensor x)
    {
        var rows = x.shape[0];
        if (value is null || value.dim() != 1 || value.shape[0] != rows)
        {
            throw new InvalidOperationException(
                $"Expected energies of shape [{rows}], one per row, got {(value is null ? "null" : TensorChecks.Format(value.shape))}; " +
                "sum over the coordinates with sum([1L]).");
        }

        if (is_grad_enabled() && x.requires_grad && !value.requires_grad)
        {
            throw new InvalidOperationException(
                "Expected energies that can be differentiated, got a tensor without gradient; " +
                "use torch operations only, without detach, item or data.");
        }

        using var scope = NewDisposeScope();
        // Infinite points are the caller's divergence, not the function's.
        if (value.isnan().any().item<bool>() && x.isfinite().all().item<bool>())
        {
            throw new InvalidOperationException(
                "Expected energies without NaN, got NaN at a finite point; keep logarithms and roots inside their domain.");
        }

        return value;
    }

    /// <summary>Points in the widest type that the energy computes in, float64 unless it refuses, and their energies.</summary>
    /// <param name="energy">E.</param>
    /// <param name="x">Points, shape [B, N], float64.</param>
    /// <param name="narrow">The type for an energy that refuses float64.</param>
    public static (Tensor Points, Tensor Value) Widest(Energy energy, Tensor x, ScalarType narrow)
    {
        try
        {
            return (x, energy.Value(x));
        }
        catch (ExternalException) when (narrow != ScalarType.Float64)
        {
            // Constants of another type inside a user's function.
            var points = x.to(narrow);
            return (points, energy.Value(points));
        }
    }
}
