using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>A state of the fluid and the integrals along its path, or the rates at which both change.</summary>
public sealed class FieldState
{
    /// <summary>Joins a state and its integrals.</summary>
    /// <param name="x">State [B, n], or its velocity.</param>
    /// <param name="integrals">Integrals along the path, or their integrands; each has B rows.</param>
    internal FieldState(Tensor x, IReadOnlyList<Tensor> integrals) => (X, Integrals) = (x, integrals);

    /// <summary>State [B, n], or its velocity.</summary>
    public Tensor X { get; }

    /// <summary>Integrals along the path, or their integrands.</summary>
    internal IReadOnlyList<Tensor> Integrals { get; }

    /// <summary>This state moved along rates: x + factor · v, and the same for every integral.</summary>
    /// <param name="factor">How far to go.</param>
    /// <param name="rates">What a <see cref="Field"/> returned.</param>
    public FieldState Plus(double factor, FieldState rates)
    {
        if (factor == 0)
        {
            return this;
        }

        using var scalar = factor.ToScalar();
        var increments = rates.Integrals;
        return new(X.add(rates.X, alpha: scalar), [.. Integrals.Select((integral, i) => integral.add(increments[i], alpha: scalar))]);
    }

    /// <summary>Every tensor, the state first.</summary>
    internal IReadOnlyList<Tensor> Tensors => [X, .. Integrals];

    internal static FieldState Of(IReadOnlyList<Tensor> tensors) => new(tensors[0], [.. tensors.Skip(1)]);

    internal FieldState Map(Func<Tensor, Tensor> map) => new(map(X), [.. Integrals.Select(map)]);

    internal FieldState MoveToOuterDisposeScope() => Map(tensor => tensor.MoveToOuterDisposeScope());
}
