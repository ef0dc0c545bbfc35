using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>How an untrained density model with a ridge potential is made from data: preprocessing, width, initial directions, flow.</summary>
public sealed record DensityRecipe
{
    /// <summary>Steps from the data to the coordinates of the flow.</summary>
    /// <value>Default: standardisation, which makes the result independent of the features' units, then full affine Gaussianisation.</value>
    public IReadOnlyList<PreprocessingStep> Preprocessing { get; init; } = [new Standardization(), new AffineGaussianization()];

    /// <summary>Number of hidden units h of the ridge potential.</summary>
    /// <value>At least 1; default 256.</value>
    public int HiddenUnits { get; init; } = 256;

    /// <summary>Number K of equal parts of the horizon, each with a ridge potential of its own.</summary>
    /// <value>At least 1; default 1: one potential throughout. The depth of the flow should be 2K or more; see <see cref="DensityTrainerOptions.DepthTolerance"/>.</value>
    public int Parts { get; init; } = 1;

    /// <summary>Activation f.</summary>
    /// <value>Default: softplus.</value>
    public Activation Activation { get; init; } = Activation.Softplus;

    /// <summary>Initial directions.</summary>
    /// <value>Default: small random subsets of features.</value>
    public DirectionInitializer Directions { get; init; } = new FeatureSubsets();

    /// <summary>Length |w| of the initial directions in the coordinates of the flow.</summary>
    /// <value>Positive; default 1.5.</value>
    public double DirectionLength { get; init; } = 1.5;

    /// <summary>Horizon, depth and method.</summary>
    public MongeAmpereFlowOptions Flow { get; init; } = new();

    /// <summary>Type of the flow's numbers.</summary>
    /// <value>Float32 (default) or Float64.</value>
    public ScalarType DataType { get; init; } = ScalarType.Float32;

    /// <summary>Fits the preprocessing and draws an initial potential at rest: the model starts as the density of the preprocessing alone.</summary>
    /// <param name="data">Training rows [rows, N] in original units.</param>
    /// <param name="generator">Source of the initial parameters.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="ArgumentException">The data does not suit the preprocessing or the directions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public DensityModel Build(Tensor data, Generator generator, Device? device = null)
    {
        TorchRuntime.EnsureLoaded(device);
        TensorChecks.RequireAtLeast(HiddenUnits, 1);
        TensorChecks.RequireAtLeast(Parts, 1);
        TensorChecks.RequireAtLeast(DirectionLength, double.Epsilon);
        if (DataType is not (ScalarType.Float32 or ScalarType.Float64))
        {
            throw new ArgumentException($"Expected DataType Float32 or Float64, got {DataType}.");
        }

        Flow.Validate();
        using var scope = NewDisposeScope();
        var chain = PreprocessingChain.Fit(Preprocessing, data, generator);
        try
        {
            Potential potential = Parts == 1
                ? Ridge(chain, data.shape[1], generator)
                : new PiecewisePotential(Flow.Horizon, [.. Enumerable.Range(0, Parts).Select(_ => Ridge(chain, data.shape[1], generator))]);
            potential.to(device ?? CPU);
            return new DensityModel(chain, new MongeAmpereFlow(potential, Flow));
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    private RidgePotential Ridge(PreprocessingChain chain, long dimension, Generator generator) =>
        RidgePotential.AtRest(chain.DrawDirections(Directions, HiddenUnits, dimension, generator), Activation, generator, DirectionLength, DataType);
}
