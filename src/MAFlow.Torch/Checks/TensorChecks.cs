using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Checks;

/// <summary>Argument checks whose messages say what was expected, what came, and what to do.</summary>
internal static class TensorChecks
{
    /// <summary>Requires floating-point points of shape [B, N] with B ≥ 1.</summary>
    public static void RequirePoints(Tensor x, long dimension, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(x, name);
        if (x.dim() != 2 || x.shape[1] != dimension || x.shape[0] == 0)
        {
            throw new ArgumentException(
                $"Expected a tensor of shape [B, {dimension}] with B ≥ 1, got {Format(x.shape)}; "
                + $"one row holds one point of {dimension} coordinates.", name);
        }

        if (!x.is_floating_point())
        {
            throw new ArgumentException($"Expected a floating-point tensor, got {x.dtype}; convert it with .to(ScalarType.Float32).", name);
        }
    }

    /// <summary>Requires one floating-point number per row: shape [B].</summary>
    public static void RequirePerRow(Tensor values, long rows, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.dim() != 1 || values.shape[0] != rows)
        {
            throw new ArgumentException($"Expected a tensor of shape [{rows}], one number per row, got {Format(values.shape)}.", name);
        }
    }

    /// <summary>Requires that every entry is a finite number.</summary>
    public static void RequireFinite(Tensor x, string what)
    {
        using var scope = NewDisposeScope();
        var finite = x.isfinite();
        if (finite.all().item<bool>())
        {
            return;
        }

        var row = finite.reshape(x.shape[0], -1).all(1).logical_not().nonzero()[0, 0].item<long>();
        throw new ArgumentException(
            $"Expected finite numbers in {what}, got NaN or infinity in {finite.logical_not().sum().item<long>()} places, "
            + $"first in row {row}; remove or replace missing values first.");
    }

    /// <summary>Requires a finite option inside an interval.</summary>
    public static void RequireOption(
        double value, double minimum, double maximum, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= minimum && value <= maximum))
        {
            throw new ArgumentOutOfRangeException(
                name, value, FormattableString.Invariant($"Expected a value from {minimum} to {maximum}, got {value}."));
        }
    }

    /// <summary>Requires an option of at least a minimum.</summary>
    public static void RequireAtLeast<T>(T value, T minimum, [CallerArgumentExpression(nameof(value))] string name = "")
        where T : INumber<T>
    {
        if (!(value >= minimum) || !T.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(
                name, value, FormattableString.Invariant($"Expected a finite value of at least {minimum}, got {value}."));
        }
    }

    /// <summary>A shape as it is written in messages: [3, 4].</summary>
    public static string Format(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
