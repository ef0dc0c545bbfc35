using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>How an untrained density model is made from data: bijections before the flow, the potential and its start, the flow.</summary>
public sealed record DensityModelOptions
{
    /// <summary>What is fitted to the data, one after the other, between the data and the flow.</summary>
    /// <value>Default: standardisation, which makes the result independent of the features' units, then full affine
    /// Gaussianisation.</value>
    public IReadOnlyList<BijectionFit> Bijections = [new Standardization(), new AffineGaussianization()];

    /// <summary>
    /// Makes a potential, or one part of it: any family, one of your own included. It is asked once for each of the <see cref="Parts"/>.
    /// </summary>
    /// <value>Null (default): a ridge potential at rest, by the options below.</value>
    public Func<PotentialContext, Potential>? Potential;

    /// <summary>Number K of equal parts of the horizon, each with a potential of its own.</summary>
    /// <value>At least 1; default 1: one potential throughout.</value>
    public int Parts = 1;

    /// <summary>Number of hidden units h of the ridge potential.</summary>
    /// <value>At least 1; default 256.</value>
    public int HiddenUnits = 256;

    /// <summary>Activation f of the ridge potential.</summary>
    /// <value>Default: softplus.</value>
    public Activation Activation = Activation.Softplus;

    /// <summary>Initial directions of the ridge potential.</summary>
    /// <value>Default: small random subsets of features.</value>
    public DirectionInitializer Directions = new FeatureSubsets();

    /// <summary>Length |w| of the initial directions in the coordinates of the flow.</summary>
    /// <value>Positive; default 1.5.</value>
    public double DirectionLength = 1.5;

    /// <summary>Horizon, depth and integrator.</summary>
    public MongeAmpereFlowOptions Flow = new();

    /// <summary>Type of the flow's numbers.</summary>
    /// <value>Float32 (default) or Float64.</value>
    public ScalarType DataType = ScalarType.Float32;

    /// <summary>Fits the bijections and makes the potential. At rest, the model is the density of the bijections alone.</summary>
    /// <param name="data">Training rows [rows, N] in original units.</param>
    /// <param name="generator">Source of the initial parameters.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="timeLimit">Time for building and training together: where it is short for so many features,
    /// <see cref="AffineGaussianization"/> takes the largest directions of correlation alone, and its remark says so. Equal limits give
    /// equal models. Null for no limit.</param>
    /// <param name="cancellationToken">Ends the building within a second or two.</param>
    /// <exception cref="ArgumentException">
    /// The data does not suit the bijections or the directions, or the potential has another dimension.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public DensityModel Build(
        Tensor data,
        Generator generator,
        Device? device = null,
        TimeSpan? timeLimit = null,
        CancellationToken cancellationToken = default)
    {
        var limits = new FitLimits(timeLimit, cancellationToken);
        TorchRuntime.EnsureLoaded(device);
        Validate();
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        var chain = BijectionChain.Fit(Bijections, data, generator, limits);
        var parts = new List<Potential>();
        try
        {
            var context = new PotentialContext(chain, Directions, data.shape[1], generator, Flow.Horizon, DataType);
            for (var k = 0; k < Parts; k++)
            {
                limits.Check();
                parts.Add(Part(context));
            }

            var potential = Parts == 1 ? parts[0] : new PiecewisePotential(Flow.Horizon, parts);
            potential.to(device ?? CPU);
            return new DensityModel(chain, new MongeAmpereFlow(potential, Flow));
        }
        catch
        {
            parts.ForEach(part => part.Dispose());
            chain.Dispose();
            throw;
        }
    }

    /// <summary>Checks every option, as <see cref="Build"/> does.</summary>
    /// <exception cref="ArgumentException">An option is out of range or missing; the message names it.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Bijections);
        ArgumentNullException.ThrowIfNull(Activation);
        ArgumentNullException.ThrowIfNull(Directions);
        TensorChecks.RequireAtLeast(HiddenUnits, 1);
        TensorChecks.RequireAtLeast(Parts, 1);
        TensorChecks.RequireAtLeast(DirectionLength, double.Epsilon);
        if (DataType is not (ScalarType.Float32 or ScalarType.Float64))
        {
            throw new ArgumentException($"Expected DataType Float32 or Float64, got {DataType}.");
        }

        ArgumentNullException.ThrowIfNull(Flow);
        Flow.Validate();
    }

    private Potential Part(PotentialContext context)
    {
        if (Potential is null)
        {
            using var scope = NewDisposeScope();
            return RidgePotential.AtRest(context.DrawDirections(HiddenUnits), Activation, context.Generator, DirectionLength, DataType);
        }

        var potential = Potential(context) ?? throw new ArgumentException("Expected a potential from the option Potential, got null.");
        if (potential.Dimension != context.Dimension)
        {
            potential.Dispose();
            throw new ArgumentException(
                $"Expected a potential on {context.Dimension} coordinates from the option Potential, "
                + $"got one on {potential.Dimension}; use PotentialContext.Dimension.");
        }

        if (potential.parameters().Any(parameter => parameter.dtype != DataType))
        {
            potential.to(DataType);
        }

        return potential;
    }
}
