using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>The implicit midpoint rule x⁺ = x + ε v((x + x⁺)/2), and its fourth-order composition: a step of -ε returns exactly to where a
/// step of ε began.</summary>
/// <remarks>
/// The midpoint m = x + ½ε v(m) is found by fixed-point iteration to rounding, which contracts for every step that accuracy allows
/// (½ε times the slope of v below 1).
/// Order 4 takes three steps of γε, (1 - 2γ)ε and γε with γ = 1/(2 - 2^{1/3}). Zhang, E, Wang (2018), sections 3 and 6, ask for such
/// methods.
/// Hairer, Lubich, Wanner, Geometric Numerical Integration, II.3.2 and V.1.
/// </remarks>
public sealed class ImplicitMidpoint : Integrator
{
    internal const string Kind = "implicit-midpoint";
    private const int MaxIterations = 200;
    // Rounding keeps the iteration moving by a few units in the last place.
    private const double Slack = 16;
    private static readonly double _outer = 1 / (2 - Math.Cbrt(2));
    private readonly double[] _parts;

    /// <summary>Creates the method.</summary>
    /// <param name="order">2 for the rule itself, 4 for its composition, which takes three implicit steps per step.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is neither 2 nor 4.</exception>
    public ImplicitMidpoint(int order = 2)
        : base(order is 2 or 4
            ? order
            : throw new ArgumentOutOfRangeException(nameof(order), order, $"Expected order 2 or 4, got {order}.")) =>
        _parts = order == 2 ? [1] : [_outer, 1 - (2 * _outer), _outer];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The iteration does not converge: the step is too long for this velocity.</exception>
    protected internal override FieldState Step(Field field, FieldState state, double time, double step)
    {
        ArgumentNullException.ThrowIfNull(field);
        foreach (var part in _parts)
        {
            var length = part * step;
            state = state.Plus(length, field.At(Midpoint(field, state.X, time, length), time + (length / 2)));
            time += length;
        }

        return state;
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() => new StoredComponent(Kind).With("order", Order);

    internal static ImplicitMidpoint Restore(StoredComponent stored) => new(stored.Option<int>("order"));

    /// <summary>The solution m of m = x + ½ε v(m).</summary>
    private static Tensor Midpoint(Field field, Tensor x, double time, double length)
    {
        using var scope = NewDisposeScope();
        Tensor Next(Tensor m) => x.Add(field.At(m, time + (length / 2)).X, alpha: length / 2);
        var (middle, iterations) = Converge(Next, x, time);
        if (is_grad_enabled())
        {
            // The derivative (1 - ½ε v')⁻¹ is a Neumann series that converges as the iteration did: as many recorded iterations give it to
            // rounding.
            for (var i = 0; i < iterations; i++)
            {
                middle = Next(middle);
            }
        }

        return middle.MoveToOuterDisposeScope();
    }

    private static (Tensor Middle, int Iterations) Converge(Func<Tensor, Tensor> next, Tensor x, double time)
    {
        using var _ = no_grad();
        var (middle, change, precision) = (
            x.detach(), double.PositiveInfinity, x.dtype == ScalarType.Float64 ? Math.BitIncrement(1) - 1 : MathF.BitIncrement(1) - 1);
        for (var iteration = 1; iteration <= MaxIterations; iteration++)
        {
            using var scope = NewDisposeScope();
            var moved = next(middle).detach();
            var before = change;
            change = moved.sub(middle).abs().max().to(float64).item<double>();
            var size = Math.Max(1, moved.abs().max().to(float64).item<double>());
            middle = moved.MoveToOuterDisposeScope();
            // A state that is not finite is for the caller's guard to report.
            if (!double.IsFinite(size) || change <= precision * size || (change <= Slack * precision * size && change >= before))
            {
                return (middle, iteration);
            }
        }

        throw new InvalidOperationException(
            FormattableString.Invariant($"Expected the implicit step at time {time:G4} to converge within {MaxIterations} iterations, ")
            + FormattableString.Invariant($"got a change of {change:G3} in the last one; raise the depth."));
    }
}
