using MAFlow.Torch.Integrators;
using MAFlow.Torch.Serialization;

namespace MAFlow.Extensions.Tests;

/// <summary>Ralston's method of order 2: x⁺ = x + ε (¼ k₁ + ¾ k₂), with k₂ two thirds of the way along k₁.</summary>
public sealed class RalstonIntegrator : Integrator
{
    private const string Kind = "ralston";

    public RalstonIntegrator()
        : base(order: 2)
    {
    }

    /// <summary>Once per process, before a file with such an integrator is loaded.</summary>
    public static void Register() => Kinds.Register(Kind, Read);

    /// <summary>One step from time t to t + ε. A state carries the points and the integrals along their paths.</summary>
    protected override FieldState Step(Field field, FieldState state, double time, double step)
    {
        ArgumentNullException.ThrowIfNull(field);
        var first = field.At(state.X, time);
        var second = field.At(state.Plus(2 * step / 3, first).X, time + (2 * step / 3));
        return state.Plus(step / 4, first).Plus(3 * step / 4, second);
    }

    protected override StoredComponent Store() => new(Kind);

    private static RalstonIntegrator Read(StoredComponent stored) => new();
}
