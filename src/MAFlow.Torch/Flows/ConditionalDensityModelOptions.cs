using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>How an untrained conditional density is made from rows and their contexts.</summary>
public sealed record ConditionalDensityModelOptions
{
    /// <summary>What is fitted to the rows, one after the other, between the data and the flow.</summary>
    /// <value>Null (default): standardisation, for more than one coordinate full affine Gaussianisation of what a linear regression on the
    /// contexts leaves; before it smoothing where most values occur several times, and <see cref="TailCompression"/> where some lie beyond
    /// 20 robust deviations.</value>
    public IReadOnlyList<BijectionFit>? Bijections;

    /// <summary>Number of hidden units h of each part's potential.</summary>
    /// <value>At least 1; default 32.</value>
    public int HiddenUnits = 32;

    /// <summary>Number of hidden units of each network of the context: that of the final map, and those of every second part; the
    /// other parts are linear in the context.</summary>
    /// <value>At least 1; default 32.</value>
    public int ContextUnits = 32;

    /// <summary>Number K of equal parts of the horizon, each with a potential of its own.</summary>
    /// <value>At least 1; default 2.</value>
    public int Parts = 2;

    /// <summary>Horizon, depth and integrator.</summary>
    /// <value>Default: horizon 2, depth 4.</value>
    public MongeAmpereFlowOptions Flow = new() { Horizon = 2, Depth = 4 };

    /// <summary>Type of the flow's numbers.</summary>
    /// <value>Float32 (default) or Float64.</value>
    public ScalarType DataType = ScalarType.Float32;

    /// <summary>Fits scales, the bijections and a linear regression of the rows on their contexts, and makes the potential. At rest, the
    /// model is that regression with normal residuals, and by default with their full covariance.</summary>
    /// <param name="rows">Training rows y, shape [R, N], in original units.</param>
    /// <param name="context">The context of each row, shape [R, C]; columns may be constant, and have no effect then.</param>
    /// <param name="generator">Source of the initial parameters.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="ArgumentException">Other shapes, values that are not finite, or a constant coordinate.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public ConditionalDensityModel Build(Tensor rows, Tensor context, Generator generator, Device? device = null)
    {
        TorchRuntime.EnsureLoaded(device);
        Validate();
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(generator);
        TensorChecks.RequirePoints(context, context.dim() == 2 ? context.shape[1] : -1);
        TensorChecks.RequireFinite(context, "the contexts");
        ContextChecks.RequireOneForEach(rows, context);
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        var disposables = new List<IDisposable>();
        try
        {
            var scaling = Owned(ContextScaling.Fit(context));
            var scaled = scaling.Apply(context);
            var chain = Owned(BijectionChain.Fit(Bijections ?? RowDefaults.Choose(rows, scaled), rows, generator));
            var end = Owned(ConditionalAffine.Fit(chain.Forward(rows).Points, scaled, ContextUnits, generator, DataType));
            var parts = Enumerable.Range(0, Parts).Select(k => Owned(Part(k, rows.shape[1], context.shape[1], generator))).ToList();
            var flow = new ConditionalFlow(new ConditionalPiecewisePotential(Flow.Horizon, parts), Flow, end);
            flow.MoveTo(device ?? CPU);
            return new(chain, scaling, flow);
        }
        catch
        {
            disposables.ForEach(owned => owned.Dispose());
            throw;
        }

        T Owned<T>(T made)
            where T : IDisposable
        {
            disposables.Add(made);
            return made;
        }
    }

    /// <summary>Checks every option, as <see cref="Build"/> does.</summary>
    /// <exception cref="ArgumentException">An option is out of range or missing; the message names it.</exception>
    public void Validate()
    {
        TensorChecks.RequireAtLeast(HiddenUnits, 1);
        TensorChecks.RequireAtLeast(ContextUnits, 1);
        TensorChecks.RequireAtLeast(Parts, 1);
        if (DataType is not (ScalarType.Float32 or ScalarType.Float64))
        {
            throw new ArgumentException($"Expected DataType Float32 or Float64, got {DataType}.");
        }

        ArgumentNullException.ThrowIfNull(Flow);
        Flow.Validate();
    }

    /// <summary>One part at rest: directions on small subsets of the coordinates, longer ones in later parts, which bend more
    /// sharply.</summary>
    private ConditionalRidgePotential Part(int k, long dimension, long contextDimension, Generator generator)
    {
        using var scope = NewDisposeScope();
        var directions = new FeatureSubsets().Draw(HiddenUnits, ones(dimension, dtype: float64), generator);
        return ConditionalRidgePotential.AtRest(
            directions, contextDimension, generator, k % 2 == 0 ? ContextUnits : 0, 1.5 + (k % 2), DataType);
    }
}
