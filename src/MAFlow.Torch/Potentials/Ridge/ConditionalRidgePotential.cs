using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>A ridge potential whose bias depends on a context: φ(x | c) = Σⱼ aⱼ f(wⱼ·x + bⱼ + gⱼ(c)),
/// g linear or a network with one hidden layer.</summary>
/// <remarks>
/// The context enters the starting value of y = xWᵀ + b + g(c) only, so the hidden-space solve does not change at all.
/// g(c) = c Vᵀ, or tanh(c Uᵀ + d) Vᵀ.
/// </remarks>
public sealed class ConditionalRidgePotential : ConditionalPotential
{
    internal const string Kind = "conditional-ridge";

    /// <summary>Creates a potential from its parameters, which are copied.</summary>
    /// <param name="weight">W, shape [h, N].</param>
    /// <param name="bias">b, shape [h].</param>
    /// <param name="amplitude">a, shape [h].</param>
    /// <param name="contextWeight">V, shape [h, C], or [h, k] behind a hidden layer of k units.</param>
    /// <param name="activation">f; not an even one, whose symmetry a context would break.</param>
    /// <param name="hiddenLayer">U [k, C] and d [k] of the hidden layer; null where g is linear.</param>
    /// <exception cref="ArgumentException">The shapes or types disagree, or the activation is even.</exception>
    internal ConditionalRidgePotential(
        Tensor weight, Tensor bias, Tensor amplitude, Tensor contextWeight, Activation activation,
        (Tensor Weight, Tensor Bias)? hiddenLayer = null)
        : base(
            Kind, RidgePotential.CheckedDimension(weight, bias, amplitude, activation),
            CheckedContext(weight, contextWeight, hiddenLayer))
    {
        Activation = activation;
        HasHiddenLayer = hiddenLayer is not null;
        Own("weight", weight);
        Own("bias", bias);
        Own("amplitude", amplitude);
        Own("contextWeight", contextWeight);
        if (hiddenLayer is { } layer)
        {
            Own("hiddenWeight", layer.Weight);
            Own("hiddenBias", layer.Bias);
        }
    }

    private Activation Activation { get; }

    private bool HasHiddenLayer { get; }

    /// <summary>Draws a potential at rest: a = 0, so that every flow begins as the identity map.</summary>
    /// <param name="directions">Rows w before scaling, shape [h, N]; none may be zero.</param>
    /// <param name="contextDimension">Number of context features C, at least 1; contexts are best standardised.</param>
    /// <param name="generator">Source of biases and of the weights of g, which are normal with variance 1/fan-in.</param>
    /// <param name="hiddenUnits">Units k of g's hidden layer; 0 for a linear g.</param>
    /// <param name="length">|wⱼ| after scaling, positive.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    public static ConditionalRidgePotential AtRest(
        Tensor directions, long contextDimension, Generator generator, int hiddenUnits = 0, double length = 1.5,
        ScalarType dtype = ScalarType.Float32)
    {
        TensorChecks.RequireAtLeast(contextDimension, 1);
        TensorChecks.RequireAtLeast(hiddenUnits, 0);
        using var scope = NewDisposeScope();
        using var ridge = RidgePotential.AtRest(directions, Activation.Softplus, generator, length, dtype);
        Tensor Normal(long rows, long columns) =>
            randn([rows, columns], dtype: float64, generator: generator).Div(Math.Sqrt(columns)).to(dtype);
        var units = ridge.Weight.shape[0];
        return hiddenUnits == 0
            ? new(ridge.Weight, ridge.Bias!, ridge.Amplitude, Normal(units, contextDimension), Activation.Softplus)
            : new(
                ridge.Weight, ridge.Bias!, ridge.Amplitude, Normal(units, hiddenUnits), Activation.Softplus,
                (Normal(hiddenUnits, contextDimension), zeros(hiddenUnits, dtype: dtype)));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The context has another shape.</exception>
    protected internal override Potential Given(Tensor context)
    {
        TensorChecks.RequirePoints(context, ContextDimension);
        using var scope = NewDisposeScope();
        var features = HasHiddenLayer
            ? addmm(get_parameter("hiddenBias")!, context, get_parameter("hiddenWeight")!.t(), 1, 1).tanh()
            : context;
        var bias = addmm(get_parameter("bias")!, features, get_parameter("contextWeight")!.t(), 1, 1);
        return RidgePotential.Given(get_parameter("weight")!, bias.MoveToOuterDisposeScope(), get_parameter("amplitude")!, Activation);
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).With("activation", Activation.Name).With("hiddenLayer", HasHiddenLayer).WithParameters(this);

    internal static ConditionalRidgePotential Restore(StoredComponent stored) => new(
        stored.Tensor("weight"), stored.Tensor("bias"), stored.Tensor("amplitude"), stored.Tensor("contextWeight"),
        Activation.ByName(stored.Option<string>("activation")),
        stored.Option<bool>("hiddenLayer") ? (stored.Tensor("hiddenWeight"), stored.Tensor("hiddenBias")) : null);

    private void Own(string name, Tensor source) => register_parameter(name, OwnedParameter.Of(source));

    private static long CheckedContext(Tensor weight, Tensor contextWeight, (Tensor Weight, Tensor Bias)? hiddenLayer)
    {
        ArgumentNullException.ThrowIfNull(contextWeight);
        var inputs = hiddenLayer?.Weight ?? contextWeight;
        var fits = contextWeight.dim() == 2 && contextWeight.shape[0] == weight.shape[0] && inputs.dim() == 2 && inputs.shape[1] > 0
            && (hiddenLayer is not { } layer
                || (contextWeight.shape[1] == layer.Weight.shape[0]
                    && layer.Bias.dim() == 1 && layer.Bias.shape[0] == layer.Weight.shape[0]));
        return fits && contextWeight.dtype == weight.dtype && inputs.dtype == weight.dtype
            ? inputs.shape[1]
            : throw new ArgumentException(
                $"Expected context weights of shape [{weight.shape[0]}, C] in {weight.dtype}, "
                + $"or [{weight.shape[0]}, k] behind a hidden layer [k, C], "
                + $"got {TensorChecks.Format(contextWeight.shape)} in {contextWeight.dtype}.",
                nameof(contextWeight));
    }
}
