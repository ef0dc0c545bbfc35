using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>The paper's potential: φ(x) = Σⱼ aⱼ f(wⱼ·x + bⱼ), a network with one hidden layer of h units.</summary>
/// <remarks>
/// With y = xWᵀ + b: ∇φ = (a ∘ f'(y)) W and ∇²φ = Σⱼ aⱼ |wⱼ|² f''(yⱼ), both O(BNh).
/// An even activation has no bias: φ(-x) = φ(x). Zhang, E, Wang (2018), section 3 and appendix C.
/// </remarks>
public sealed class RidgePotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    public const string Kind = "ridge";


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
        register_parameter("weight", Own(weight));
        register_parameter("amplitude", Own(amplitude));
        if (bias is not null)
        {
            register_parameter("bias", Own(bias));
        }
    }

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <summary>Number of hidden units h.</summary>
    public long HiddenUnits => Weight.shape[0];

    /// <summary>W, shape [h, N].</summary>
    public Tensor Weight => get_parameter("weight")!;

    /// <summary>a, shape [h].</summary>
    public Tensor Amplitude => get_parameter("amplitude")!;

    /// <summary>b, shape [h], or null for an even activation.</summary>
    public Tensor? Bias => Activation.IsEven ? null : get_parameter("bias");

    /// <summary>x ↦ -x where the activation is even.</summary>
    public override SymmetryGroup Symmetry => Activation.IsEven ? SymmetryGroup.SignFlip((int)Dimension) : base.Symmetry;

    /// <inheritdoc/>
    public override Tensor Value(Tensor x, double time = 0)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        return Activation.Value(Preactivation(x)).mv(Amplitude).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var s = Activation.First(Preactivation(x));
        var gradient = s.mul(Amplitude).mm(Weight);
        var laplacian = Activation.Second(s).mv(Amplitude.mul(Weight.Square().sum([1L])));
        return new(gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>Carries points and log-densities along a grid by integrating the hidden units instead of the points: the same numbers at a fraction of the cost.</summary>
    /// <inheritdoc path="/param"/>
    public override FlowState Transport(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(scheme);
        TensorChecks.RequirePoints(state.X, Dimension);
        using var scope = NewDisposeScope();
        var solve = new HiddenSpaceSolve(Activation, grid, scheme);
        // 2Bh² per stage against 4BNh.
        var isDense = HiddenUnits < 2 * Dimension;
        var scaled = (isDense ? GramFunction.Of(Weight, scheme.Precision) : Weight).mul(Amplitude.unsqueeze(1));
        var y = Preactivation(state.X, scheme.Precision);
        var (s, f) = isDense ? HiddenSpaceFunction.Integrate(solve, y, scaled) : HiddenSpaceFunction.Integrate(solve, y, scaled, Weight);
        var squaredNorms = Weight.Square().sum([1L]);
        var x = state.X.Add(MatrixProduct.Of(s.mul(Amplitude), Weight, scheme.Precision));
        var logProb = state.LogProb.sub(f.mv(Amplitude.mul(squaredNorms)));
        return new FlowState(x, logProb).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override StoredComponent Store()
    {
        var tensors = new Dictionary<string, Tensor> { ["weight"] = Weight, ["amplitude"] = Amplitude };
        if (Bias is not null)
        {
            tensors["bias"] = Bias;
        }

        return new(Kind, new JsonObject { ["activation"] = Activation.Name }, tensors);
    }

    /// <summary>Rebuilds a potential from a flow file.</summary>
    /// <exception cref="FormatException">The stored parameters are no ridge potential.</exception>
    internal static RidgePotential Restore(StoredComponent stored)
    {
        try
        {
            return new(stored.Tensor("weight"), stored.Tensors.GetValueOrDefault("bias"), stored.Tensor("amplitude"), Activation.ByName(stored.Option<string>("activation")));
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"The stored ridge potential does not fit together: {error.Message}", error);
        }
    }

    /// <summary>Draws a potential at rest: a = 0, so that the flow begins as the identity map.</summary>
    /// <param name="directions">Rows w before scaling, shape [h, N]; none may be zero.</param>
    /// <param name="activation">f.</param>
    /// <param name="generator">Source of the biases b ~ N(0, ½²).</param>
    /// <param name="length">|wⱼ| after scaling, positive: how much of the activation's curve unit-variance data explores.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    public static RidgePotential AtRest(Tensor directions, Activation activation, Generator generator, double length = 1.5, ScalarType dtype = ScalarType.Float32)
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

    private static long CheckedDimension(Tensor weight, Tensor? bias, Tensor amplitude, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(amplitude);
        ArgumentNullException.ThrowIfNull(activation);
        if (weight.dim() != 2 || weight.shape[0] == 0)
        {
            throw new ArgumentException($"Expected weights of shape [h, N] with h ≥ 1, got {TensorChecks.Format(weight.shape)}.", nameof(weight));
        }

        TensorChecks.RequirePerRow(amplitude, weight.shape[0]);
        if (weight.dtype != amplitude.dtype || weight.dtype != (bias ?? weight).dtype)
        {
            throw new ArgumentException($"Expected weights, biases and amplitudes of one type, got {weight.dtype}, {bias?.dtype} and {amplitude.dtype}.", nameof(amplitude));
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
