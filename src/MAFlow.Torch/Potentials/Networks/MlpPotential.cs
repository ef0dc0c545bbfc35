using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Networks;

/// <summary>A deep multilayer perceptron φ(x) = v·f(W_L … f(W_1 x + b_1) … + b_L): a potential without closed forms.</summary>
/// <remarks>Gradient and Laplacian come from autograd, so a solve costs about N times a ridge potential's; for small N, or with
/// <see cref="HutchinsonLaplacian"/>.</remarks>
public sealed class MlpPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "mlp";

    private readonly Layer[] _layers;

    /// <summary>Creates a perceptron with normal weights of variance 1/fan-in and a readout scaled by
    /// <paramref name="readoutScale"/>.</summary>
    /// <param name="dimension">Number of coordinates N.</param>
    /// <param name="hiddenUnits">Width of each hidden layer, first to last; at least one layer.</param>
    /// <param name="activation">f.</param>
    /// <param name="generator">Source of the initial weights.</param>
    /// <param name="readoutScale">Standard deviation of v times the square root of the last width; 0 starts at the identity map.</param>
    /// <exception cref="ArgumentException">No hidden layer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A width below 1, or a negative scale.</exception>
    public MlpPotential(
        long dimension, IReadOnlyList<long> hiddenUnits, Activation activation, Generator generator, double readoutScale = 0.01)
        : base(Kind, dimension)
    {
        ArgumentNullException.ThrowIfNull(hiddenUnits);
        ArgumentNullException.ThrowIfNull(activation);
        ArgumentNullException.ThrowIfNull(generator);
        TensorChecks.RequireAtLeast(readoutScale, 0);
        if (hiddenUnits.Count == 0)
        {
            throw new ArgumentException(
                "Expected at least one hidden layer, got none; give the widths, for example [64, 64].",
                nameof(hiddenUnits));
        }

        Activation = activation;
        HiddenUnits = [.. hiddenUnits];
        _layers = new Layer[hiddenUnits.Count];
        var width = dimension;
        for (var l = 0; l < _layers.Length; l++)
        {
            TensorChecks.RequireAtLeast(hiddenUnits[l], 1, nameof(hiddenUnits));
            _layers[l] = new Layer(width, hiddenUnits[l], generator);
            register_module($"layer{l}", _layers[l]);
            width = hiddenUnits[l];
        }

        register_parameter("readout", Draw([width], readoutScale / Math.Sqrt(width), generator));
    }

    /// <summary>f.</summary>
    internal Activation Activation { get; }

    /// <summary>Width of each hidden layer.</summary>
    internal IReadOnlyList<long> HiddenUnits { get; }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return _layers.Aggregate(x, (point, layer) => Activation.Value(layer.forward(point)))
            .mv(get_parameter("readout")!).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).With("activation", Activation.Name).With("layers", _layers.Length).WithParameters(this);

    internal static MlpPotential Restore(StoredComponent stored)
    {
        var layers = stored.Option<int>("layers");
        if (layers < 1 || stored.Tensors.Count != (2 * layers) + 1)
        {
            throw new FormatException(
                $"Expected two tensors per layer and a readout for {layers} layers, "
                + $"got {stored.Tensors.Count} tensors; the file is damaged.");
        }

        var shapes = Enumerable.Range(0, layers).Select(layer => stored.Tensor($"layer{layer}.weight")).ToList();
        if (shapes.Any(weight => weight.dim() != 2 || weight.shape[0] < 1 || weight.shape[1] < 1)
            || shapes.Skip(1).Zip(shapes).Any(pair => pair.First.shape[1] != pair.Second.shape[0]))
        {
            throw new FormatException("Expected layers whose widths follow each other in the stored perceptron; the file is damaged.");
        }

        using var generator = new Generator(0);
        var potential = new MlpPotential(
            shapes[0].shape[1], [.. shapes.Select(weight => weight.shape[0])],
            Activation.ByName(stored.Option<string>("activation")), generator);
        potential.to(shapes[0].dtype);
        using var _ = no_grad();
        foreach (var (name, parameter) in potential.named_parameters())
        {
            var source = stored.Tensor(name);
            if (!source.shape.SequenceEqual(parameter.shape))
            {
                potential.Dispose();
                throw new FormatException(
                    $"Expected shape {TensorChecks.Format(parameter.shape)} for '{name}', "
                    + $"got {TensorChecks.Format(source.shape)}; the file is damaged.");
            }

            parameter.copy_(source);
        }

        return potential;
    }

    private static Parameter Draw(long[] shape, double scale, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        return new Parameter(randn(shape, dtype: float32, generator: generator).Mul(scale).DetachFromDisposeScope());
    }

    /// <summary>An affine map.</summary>
    private sealed class Layer : nn.Module<Tensor, Tensor>
    {
        public Layer(long inputs, long outputs, Generator generator)
            : base("layer")
        {
            register_parameter("weight", Draw([outputs, inputs], 1 / Math.Sqrt(inputs), generator));
            register_parameter("bias", Draw([outputs], 0.1, generator));
        }

        public override Tensor forward(Tensor input)
        {
            using var transposed = get_parameter("weight")!.t();
            return addmm(get_parameter("bias")!, input, transposed, 1, 1);
        }
    }
}
