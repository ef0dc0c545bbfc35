using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles;

/// <summary>A potential of n identical particles, exactly symmetric under their permutations: φ(x) = Σ_k a_k Σᵢ f(y_ik) + n Σⱼ cⱼ f(rⱼ), a
/// network of sums over particles.</summary>
/// <remarks>
/// With y_ik = w_k·xᵢ + b_k and rⱼ = dⱼ + n⁻¹ Σ_k V_jk Σᵢ f(y_ik), and q_k = a_k + Σⱼ cⱼ f'(rⱼ) V_jk:
/// ∂φ/∂xᵢ = Σ_k q_k f'(y_ik) w_k and ∇²φ = Σᵢ Σ_k q_k |w_k|² f''(y_ik) + n⁻¹ Σⱼ cⱼ f''(rⱼ) Σᵢ |Σ_k V_jk f'(y_ik) w_k|².
/// Coordinates are ordered particle by particle. An even activation has no bias b: φ(-x) = φ(x). Zaheer et al., "Deep Sets" (2017),
/// equation 4.
/// </remarks>
public sealed class DeepSetsPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "deep-sets";

    private readonly int _particles;
    private readonly Lazy<SymmetryGroup> _symmetry;

    /// <summary>Creates a potential from its parameters, which are copied.</summary>
    /// <param name="particles">Number n of particles, at least 2; N is n times the coordinates of each.</param>
    /// <param name="parameters">Tensors by name: weight W [K, D], bias b [K] unless the activation is even, amplitude a [K], mixing
    /// V [J, K], offset d [J], collective c [J].</param>
    /// <param name="activation">f.</param>
    /// <exception cref="ArgumentException">A tensor is missing, or the shapes or types disagree.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two particles.</exception>
    internal DeepSetsPotential(int particles, IReadOnlyDictionary<string, Tensor> parameters, Activation activation)
        : base(Kind, CheckedDimension(particles, parameters, activation))
    {
        (_particles, Activation) = (particles, activation);
        foreach (var name in Names(activation))
        {
            Own(name, parameters[name]);
        }

        _symmetry = new(() =>
        {
            var permutations = SymmetryGroup.Permutations(particles, (int)Weight.shape[1]);
            return activation.IsEven ? SymmetryGroup.SignFlip((int)Dimension).And(permutations) : permutations;
        });
    }

    /// <summary>f.</summary>
    internal Activation Activation { get; }

    /// <summary>Number n of particles.</summary>
    internal int Particles => _particles;

    /// <summary>The permutations of the particles, and x ↦ -x where the activation is even.</summary>
    protected internal override SymmetryGroup Symmetry => _symmetry.Value;

    private Tensor Weight => get_parameter("weight")!;

    private Tensor? Bias => Activation.IsEven ? null : get_parameter("bias");

    private Tensor Amplitude => get_parameter("amplitude")!;

    private Tensor Mixing => get_parameter("mixing")!;

    private Tensor Offset => get_parameter("offset")!;

    private Tensor Collective => get_parameter("collective")!;

    /// <summary>Draws a potential at rest: a = c = 0, so that the flow begins as the identity map.</summary>
    /// <param name="particles">Number n of particles, at least 2.</param>
    /// <param name="coordinates">Coordinates D of each, at least 1.</param>
    /// <param name="features">Number K of features of a particle.</param>
    /// <param name="hiddenUnits">Number J of units that see the sums over all particles.</param>
    /// <param name="activation">f.</param>
    /// <param name="generator">Source of the weights: |w_k| = 1.5, b and d ~ N(0, ½²), V ~ N(0, 1/K).</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static DeepSetsPotential AtRest(
        int particles, int coordinates, int features, int hiddenUnits, Activation activation, Generator generator,
        ScalarType dtype = ScalarType.Float32)
    {
        TensorChecks.RequireAtLeast(coordinates, 1);
        TensorChecks.RequireAtLeast(features, 1);
        TensorChecks.RequireAtLeast(hiddenUnits, 1);
        ArgumentNullException.ThrowIfNull(activation);
        ArgumentNullException.ThrowIfNull(generator);
        using var scope = NewDisposeScope();
        Tensor Normal(double scale, params long[] shape) => randn(shape, dtype: float64, generator: generator).Mul(scale);
        var directions = Normal(1, features, coordinates);
        var parameters = new Dictionary<string, Tensor>
        {
            ["weight"] = directions.Mul(1.5).div(directions.Square().sum(1, keepdim: true).sqrt()),
            ["bias"] = Normal(0.5, features),
            ["amplitude"] = zeros(features, dtype: float64),
            ["mixing"] = Normal(1 / Math.Sqrt(features), hiddenUnits, features),
            ["offset"] = Normal(0.5, hiddenUnits),
            ["collective"] = zeros(hiddenUnits, dtype: float64),
        };
        return new(particles, parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.to(dtype)), activation);
    }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var sums = Activation.Value(Features(x)).sum([1L]);
        return sums.mv(Amplitude).Add(Activation.Value(Units(sums)).mv(Collective), alpha: _particles).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var y = Features(x);
        var s = Activation.First(y);
        var outer = Activation.First(Units(Activation.Value(y).sum([1L])));
        var q = outer.mul(Collective).mm(Mixing).Add(Amplitude);
        var gradient = s.mul(q.unsqueeze(1)).matmul(Weight).view(x.shape);
        var own = Activation.Second(s).sum([1L]).mul(q).mv(Weight.Square().sum([1L]));
        // |∂rⱼ/∂x|² n², with the D coordinates of a particle one after the other: [B, n, D, K] times [K, J].
        var slopes = s.unsqueeze(2).mul(Weight.t()).matmul(Mixing.t()).Square().sum([1L, 2L]);
        var shared = slopes.mul(Activation.Second(outer)).mv(Collective).Div(_particles);
        return new(gradient.MoveToOuterDisposeScope(), own.Add(shared).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).With("particles", _particles).With("activation", Activation.Name).WithParameters(this);

    internal static DeepSetsPotential Restore(StoredComponent stored) =>
        new(stored.Option<int>("particles"), stored.Tensors, Activation.ByName(stored.Option<string>("activation")));

    /// <summary>y, shape [B, n, K].</summary>
    private Tensor Features(Tensor x)
    {
        var product = x.reshape(x.shape[0], _particles, Weight.shape[1]).matmul(Weight.t());
        return Bias is null ? product : product.Add(Bias);
    }

    /// <summary>r, shape [B, J].</summary>
    private Tensor Units(Tensor sums) => sums.Div(_particles).mm(Mixing.t()).Add(Offset);

    private static long CheckedDimension(int particles, IReadOnlyDictionary<string, Tensor> parameters, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(activation);
        TensorChecks.RequireAtLeast(particles, 2);
        Tensor Named(string name) => parameters.TryGetValue(name, out var found)
            ? found
            : throw new ArgumentException($"Expected a tensor '{name}', got {string.Join(", ", parameters.Keys)}.", nameof(parameters));
        var (weight, mixing) = (Named("weight"), Named("mixing"));
        if (weight.dim() != 2 || mixing.dim() != 2 || weight.numel() == 0 || mixing.numel() == 0 || mixing.shape[1] != weight.shape[0])
        {
            throw new ArgumentException(
                "Expected a weight of shape [K, D] and a mixing of shape [J, K], "
                + $"got {TensorChecks.Format(weight.shape)} and {TensorChecks.Format(mixing.shape)}.", nameof(parameters));
        }

        foreach (var name in Names(activation).Except(["weight", "mixing"]))
        {
            TensorChecks.RequirePerRow(Named(name), name is "amplitude" or "bias" ? weight.shape[0] : mixing.shape[0], name);
            if (Named(name).dtype != weight.dtype || mixing.dtype != weight.dtype)
            {
                throw new ArgumentException(
                    $"Expected parameters of one type, got {weight.dtype}, {mixing.dtype} and {Named(name).dtype}.",
                    nameof(parameters));
            }
        }

        return checked(particles * weight.shape[1]);
    }

    private static string[] Names(Activation activation) =>
        activation.IsEven
            ? ["weight", "amplitude", "mixing", "offset", "collective"]
            : ["weight", "bias", "amplitude", "mixing", "offset", "collective"];
}
