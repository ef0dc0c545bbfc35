using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images;

/// <summary>A potential of images with open boundaries: pixels are bent first and coupled with their neighbours after, and learned filters
/// of several scales look around every pixel. The Laplacian is exact.</summary>
/// <remarks>
/// With h = (x, tanh(ωx + b)) of each pixel, y = ωx + b, f = m ∘ h, fields z_j = S_j ∗ x + β_j, and zeros beyond the image:
/// φ(x) = ½ Σ_ab Σ_rr' f_a(r) W_ab(r - r') f_b(r') + Σ_r [c ln cosh y + d tanh y](r) + Σ_j Σ_r a_j(r) softplus(z_j(r)).
/// W is symmetric and couples no pixel to itself; ω, b, c, d, m, β and a are maps, so that φ may differ from place to place.
/// Zhang, E, Wang (2018), section 6, names convolutional potentials as the next step for images.
/// </remarks>
public sealed class ConvolutionalPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "convolutional";

    internal ConvolutionalPotential(ImageShape shape, IReadOnlyList<int> dilations, IReadOnlyDictionary<string, Tensor> parameters)
        : base(Kind, shape.Dimension)
    {
        (Shape, Dilations) = (shape, dilations);
        foreach (var name in ConvolutionParameters.Names(dilations.Count))
        {
            Own(name, parameters[name]);
        }
    }

    internal ImageShape Shape { get; }

    internal IReadOnlyList<int> Dilations { get; }

    /// <summary>Draws a potential at rest: W = c = d = a = 0, so that the flow begins as the identity map.</summary>
    /// <param name="channels">C, at least 1. Rows hold images channel by channel, each row by row.</param>
    /// <param name="height">H, at least 1.</param>
    /// <param name="width">W, at least 1.</param>
    /// <param name="generator">Source of the initial filters, biases and features.</param>
    /// <param name="options">Features, filters and scales; defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or an option is out of range.</exception>
    /// <exception cref="ArgumentException">A window has an even side.</exception>
    public static ConvolutionalPotential AtRest(
        int channels, int height, int width, Generator generator, ConvolutionalOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(generator);
        options ??= new();
        var shape = new ImageShape(channels, height, width);
        shape.Validate();
        options.Validate(shape);
        using var scope = NewDisposeScope();
        int[] dilations = options.Filters == 0 ? [] : [.. options.Dilations];
        return new(shape, dilations, ConvolutionParameters.AtRest(shape, options, generator));
    }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return new ConvolutionStage(Terms()).Value(x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var (gradient, laplacian) = new ConvolutionStage(Terms()).At(x);
        return new(gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var field = new ConvolutionField(Terms(), solve.WithKineticEnergy);
        var end = solve.Along(field, start.X, piece);
        return start.After(end.X, end.Integrals[0], solve.WithKineticEnergy ? end.Integrals[1] : null, piece).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        ConvolutionParameters.Store(Shape, Dilations, name => get_parameter(name)!);

    internal static ConvolutionalPotential Restore(StoredComponent stored) => ConvolutionParameters.Restore(stored);

    private ConvolutionTerms Terms() => ConvolutionParameters.Terms(Shape, Dilations, name => get_parameter(name)!);
}
