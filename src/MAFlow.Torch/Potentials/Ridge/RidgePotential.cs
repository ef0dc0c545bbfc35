using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>The paper's potential: φ(x) = Σⱼ aⱼ f(wⱼ·x + bⱼ), a network with one hidden layer of h units.</summary>
/// <remarks>
/// With y = xWᵀ + b: ∇φ = (a ∘ f'(y)) W and ∇²φ = Σⱼ aⱼ |wⱼ|² f''(yⱼ), both O(BNh).
/// An even activation has no bias: φ(-x) = φ(x). Zhang, E, Wang (2018), section 3 and appendix C.
/// </remarks>
public sealed class RidgePotential : Potential, IUnitPotential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "ridge";

    private readonly (Tensor Weight, Tensor Bias, Tensor Amplitude)? _given;

    /// <summary>Creates a potential from its parameters, which are copied.</summary>
    /// <param name="weight">W, shape [h, N].</param>
    /// <param name="bias">b, shape [h]; null for an even activation.</param>
    /// <param name="amplitude">a, shape [h].</param>
    /// <param name="activation">f.</param>
    /// <exception cref="ArgumentException">The shapes disagree, or a bias comes with an even activation, or none with another.</exception>
    public RidgePotential(Tensor weight, Tensor? bias, Tensor amplitude, Activation activation)
        : base(Kind, CheckedDimension(weight, bias, amplitude, activation))
    {
        Activation = activation;
        Own("weight", weight);
        Own("amplitude", amplitude);
        if (bias is not null)
        {
            Own("bias", bias);
        }
    }

    private RidgePotential((Tensor Weight, Tensor Bias, Tensor Amplitude) given, Activation activation)
        : base(Kind, given.Weight.shape[1]) => (_given, Activation) = (given, activation);

    // A narrow one is solved in blocks of rows, whose products are always float32.
    internal override (long Inner, long Outer)? LargestProduct =>
        Width >= 2 * Dimension && Dimension <= FactoredSolve.LargestDimension ? null : (Dimension, Width);

    /// <summary>f.</summary>
    internal Activation Activation { get; }

    /// <summary>Number of hidden units h.</summary>
    internal long Width => Weight.shape[0];

    /// <summary>W, shape [h, N].</summary>
    internal Tensor Weight => _given?.Weight ?? get_parameter("weight")!;

    /// <summary>a, shape [h].</summary>
    internal Tensor Amplitude => _given?.Amplitude ?? get_parameter("amplitude")!;

    /// <summary>b, shape [h], or null for an even activation.</summary>
    internal Tensor? Bias => _given?.Bias ?? (Activation.IsEven ? null : get_parameter("bias"));

    Tensor IUnitPotential.Weight => Weight;

    Tensor? IUnitPotential.Bias => Bias;

    Tensor IUnitPotential.Amplitude => Amplitude;

    /// <inheritdoc/>
    internal override IUnitPotential? OwnUnits => _given is null ? this : null;

    /// <summary>x ↦ -x where the activation is even.</summary>
    protected internal override SymmetryGroup Symmetry => Activation.IsEven ? SymmetryGroup.SignFlip((int)Dimension) : base.Symmetry;

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return Activation.Value(Preactivation(x)).mv(Amplitude).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var s = Activation.First(Preactivation(x));
        var gradient = s.mul(Amplitude).mm(Weight);
        var laplacian = Activation.Second(s).mv(Amplitude.mul(Weight.Square().sum([1L])));
        return new(gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        return Units(solve.Precision).Transport(start, piece, solve).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (PathState State, Tensor Score)? TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var (state, moved) = Units(solve.Precision).TransportScore(start, score, piece, solve);
        return (state.MoveToOuterDisposeScope(), moved.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<Tensor> DependsOn => Bias is null ? [Weight, Amplitude] : [Weight, Amplitude, Bias];

    /// <inheritdoc/>
    internal override long? Rows => Bias is { } bias && bias.dim() == 2 ? bias.shape[0] : null;

    /// <inheritdoc/>
    internal override Potential OfRows(Tensor rows) =>
        Rows is null ? this : Given(Weight, Bias!.index_select(0, rows), Amplitude, Activation);

    /// <summary>A view of parameters that belong to another module, with a bias of its own for each row.</summary>
    /// <param name="weight">W, shape [h, N].</param>
    /// <param name="bias">b, shape [B, h].</param>
    /// <param name="amplitude">a, shape [h].</param>
    /// <param name="activation">f.</param>
    internal static RidgePotential Given(Tensor weight, Tensor bias, Tensor amplitude, Activation activation) =>
        new((weight, bias, amplitude), activation);

    /// <inheritdoc/>
    protected internal override StoredComponent Store()
    {
        var stored = new StoredComponent(Kind).With("activation", Activation.Name)
            .WithTensor("weight", Weight).WithTensor("amplitude", Amplitude);
        return Bias is null ? stored : stored.WithTensor("bias", Bias);
    }

    internal static RidgePotential Restore(StoredComponent stored) => new(
        stored.Tensor("weight"),
        stored.Tensors.GetValueOrDefault("bias"),
        stored.Tensor("amplitude"),
        Activation.ByName(stored.Option<string>("activation")));

    /// <summary>Draws a potential at rest: a = 0, so that the flow begins as the identity map.</summary>
    /// <param name="directions">Rows w before scaling, shape [h, N]; none may be zero.</param>
    /// <param name="activation">f.</param>
    /// <param name="generator">Source of the biases b ~ N(0, ½²).</param>
    /// <param name="length">|wⱼ| after scaling, positive: how much of the activation's curve unit-variance data explores.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    public static RidgePotential AtRest(
        Tensor directions, Activation activation, Generator generator, double length = 1.5, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(directions);
        ArgumentNullException.ThrowIfNull(activation);
        ArgumentNullException.ThrowIfNull(generator);
        TensorChecks.RequireAtLeast(length, double.Epsilon);
        using var scope = NewDisposeScope();
        var weight = directions.Mul(length).div(directions.Square().sum(1, keepdim: true).sqrt()).to(dtype);
        TensorChecks.RequireFinite(weight, "the initial directions");
        var count = directions.shape[0];
        var bias = activation.IsEven ? null : randn(count, dtype: float64, generator: generator).Mul(0.5).to(dtype);
        return new(weight, bias, zeros(count, dtype: dtype), activation);
    }

    Tensor IUnitPotential.Slopes(Tensor y) => Activation.First(y);

    private HiddenUnits Units(Precision precision)
    {
        // 2Bh² per stage against 4BNh.
        var isDense = Width < 2 * Dimension;
        var (coupling, squaredNorm) = isDense
            ? CouplingFunction.Of(Weight, Amplitude, precision)
            : (Weight.mul(Amplitude.unsqueeze(1)), Weight.Square().sum([1L]));
        return new(
            Activation,
            isDense ? DenseCoupling.Form : FactoredCoupling.Form,
            isDense ? [coupling] : [coupling, Weight],
            Amplitude,
            squaredNorm,
            x => Preactivation(x, precision),
            direction => MatrixProduct.Of(direction, Weight.t(), precision),
            s => MatrixProduct.Of(s.mul(Amplitude), Weight, precision));
    }

    private Tensor Preactivation(Tensor x, Precision precision = Precision.Full)
    {
        using var scope = NewDisposeScope();
        var y = (Bias, precision) switch
        {
            (null, _) => MatrixProduct.Of(x, Weight.t(), precision),
            (_, Precision.Full) => addmm(Bias, x, Weight.t(), 1, 1),
            _ => MatrixProduct.Of(x, Weight.t(), precision).Add(Bias),
        };
        return y.MoveToOuterDisposeScope();
    }

    internal static long CheckedDimension(Tensor weight, Tensor? bias, Tensor amplitude, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(amplitude);
        ArgumentNullException.ThrowIfNull(activation);
        if (weight.dim() != 2 || weight.shape[0] == 0)
        {
            throw new ArgumentException(
                $"Expected weights of shape [h, N] with h ≥ 1, got {TensorChecks.Format(weight.shape)}.",
                nameof(weight));
        }

        TensorChecks.RequirePerRow(amplitude, weight.shape[0]);
        if (weight.dtype != amplitude.dtype || weight.dtype != (bias ?? weight).dtype)
        {
            throw new ArgumentException(
                $"Expected weights, biases and amplitudes of one type, got {weight.dtype}, {bias?.dtype} and {amplitude.dtype}.",
                nameof(amplitude));
        }

        if (activation.IsEven != (bias is null))
        {
            throw new ArgumentException(
                activation.IsEven
                    ? $"Expected no bias with the even activation {activation}, which would break its Z2 symmetry; pass null."
                    : $"Expected a bias of shape [{weight.shape[0]}] with the activation {activation}, got none.",
                nameof(bias));
        }

        if (bias is not null)
        {
            TensorChecks.RequirePerRow(bias, weight.shape[0]);
        }

        return weight.shape[1];
    }
}
