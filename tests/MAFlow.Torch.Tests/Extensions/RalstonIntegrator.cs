namespace MAFlow.Torch.Tests;

/// <summary>Ralston's method: x⁺ = x + ε (¼ k₁ + ¾ k₂), k₂ taken two thirds of the way; the second-order method of the smallest error bound.</summary>
/// <remarks>An integrator of a user's own, by the public surface alone: it solves, trains in any memory, is saved and loaded.</remarks>
public sealed class RalstonIntegrator : Integrator
{
    private const string Kind = "ralston";

    public RalstonIntegrator()
        : base(order: 2)
    {
    }

    /// <summary>Once per process, before a file with such an integrator is loaded.</summary>
    public static void Register() => Kinds.Register(Kind, Read);

    public override FieldState Step(Field field, FieldState state, double time, double step)
    {
        ArgumentNullException.ThrowIfNull(field);
        var first = field.At(state.X, time);
        var second = field.At(state.Plus(2 * step / 3, first).X, time + (2 * step / 3));
        return state.Plus(step / 4, first).Plus(3 * step / 4, second);
    }

    protected internal override StoredComponent Store() => new(Kind);

    public override string ToString() => Kind;

    private static RalstonIntegrator Read(StoredComponent stored) => new();
}
