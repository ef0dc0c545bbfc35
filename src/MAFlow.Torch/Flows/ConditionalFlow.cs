using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>A density of x for each context c, p(x | c): <see cref="Given"/> returns an ordinary flow of as many rows.</summary>
/// <remarks>Samplers, estimators and objectives take that flow as it is. Zhang, E, Wang (2018), section 6.</remarks>
public sealed class ConditionalFlow : IDisposable
{
    private readonly SharedUse _uses;
    private readonly IReadOnlyList<double> _breaks;

    /// <summary>Creates a flow that owns its potential.</summary>
    /// <param name="potential">φ(x, t | c), disposed with the flow.</param>
    /// <param name="options">Horizon, depth and method; defaults when null.</param>
    /// <param name="bijection">A map at the end of the flow that does not see the context, disposed with the flow; null for none.</param>
    /// <exception cref="ArgumentException">Potential and options have different horizons, or potential and bijection different
    /// dimensions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public ConditionalFlow(ConditionalPotential potential, MongeAmpereFlowOptions? options = null, Bijection? bijection = null)
        : this(potential, options, bijection, end: null)
    {
    }

    /// <param name="potential">φ(x, t | c), disposed with the flow.</param>
    /// <param name="options">Horizon, depth and method; defaults when null.</param>
    /// <param name="end">A map at the end of the flow that sees the context, disposed with the flow.</param>
    internal ConditionalFlow(ConditionalPotential potential, MongeAmpereFlowOptions options, ConditionalAffine end)
        : this(potential, options, bijection: null, end)
    {
    }

    private ConditionalFlow(
        ConditionalPotential potential, MongeAmpereFlowOptions? options, Bijection? bijection, ConditionalAffine? end)
    {
        ArgumentNullException.ThrowIfNull(potential);
        (Potential, Bijection, End, _uses) = (potential, bijection, end, new(potential, bijection, end));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (dtype, device) = Placement();
        // One context shows what every other would: horizon, pieces, dimensions.
        var example = new MongeAmpereFlow(
            potential.Given(zeros([1, ContextDimension], dtype: dtype, device: device)), options, bijection, _uses);
        if (end is not null && (end.Dimension, end.ContextDimension) != (Dimension, ContextDimension))
        {
            throw new ArgumentException(
                $"Expected a final map on {Dimension} coordinates and {ContextDimension} context features, as the potential has, "
                + $"got one on {end.Dimension} and {end.ContextDimension}.", nameof(end));
        }

        Options = example.Options;
        PrecisionRemark = Options.PrecisionRemark(example.Potential);
        _breaks = example.Potential.Breaks(Options.Horizon);
    }

    /// <summary>φ(x, t | c).</summary>
    internal ConditionalPotential Potential { get; }

    /// <summary>The map at the end of the flow, or null.</summary>
    internal Bijection? Bijection { get; }

    /// <summary>The map at the end of the flow that sees the context, or null.</summary>
    internal ConditionalAffine? End { get; }

    /// <summary>Horizon, depth and method.</summary>
    internal MongeAmpereFlowOptions Options { get; private set; }

    /// <summary>What a training has to say about the precision, or null.</summary>
    internal string? PrecisionRemark { get; }

    /// <summary>Number of steps that a solve takes; see <see cref="MongeAmpereFlow.Depth"/>.</summary>
    internal int Depth => TimeGrid.Over(0, Options.Horizon, _breaks, Options.Depth).Depth;

    /// <summary>Number of coordinates N.</summary>
    public long Dimension => Potential.Dimension;

    /// <summary>Number of context features C.</summary>
    public long ContextDimension => Potential.ContextDimension;

    /// <summary>The flow of some contexts: row i of its points belongs to row i of the contexts.</summary>
    /// <param name="context">c, shape [B, C].</param>
    /// <returns>An ordinary flow of B rows, which shares everything with this one and is not to be disposed.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public MongeAmpereFlow Given(Tensor context)
    {
        TensorChecks.RequirePoints(context, ContextDimension);
        using var use = _uses.Begin(this);
        var (dtype, device) = Placement();
        var placed = context.to(dtype, device);
        return new(GivenPotential.Of(Potential, placed), Options, End?.Given(placed) ?? Bijection, _uses);
    }

    /// <summary>Writes the flow as one safetensors file; an earlier file survives any failure.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The disk is full or read-only.</exception>
    /// <exception cref="NotSupportedException">A part does not say how it is stored.</exception>
    public void Save(string path)
    {
        using var use = _uses.Begin(this);
        FlowFile.SaveConditional(this, path);
    }

    /// <summary>Reads a flow that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="FormatException">The file is damaged, or holds another kind of flow.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ConditionalFlow Load(string path, Device? device = null) => FlowFile.LoadConditional(path, device);

    /// <summary>Disposes potential and bijection.</summary>
    public void Dispose() => _uses.Dispose();

    /// <summary>Everything that training changes, by name.</summary>
    internal IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Parameter)> NamedParameters() =>
        FlowParameters.Of(Potential, (nn.Module?)End ?? Bijection);

    /// <summary>Changes the depth of this flow.</summary>
    internal void Refine(int depth) => Options = Options with { Depth = depth };

    /// <summary>Goes on with a precision that was chosen before.</summary>
    internal void Choose(Precision precision) => Options = Options.Choosing(precision);

    /// <summary>Moves all parameters to a device.</summary>
    internal void MoveTo(Device device)
    {
        Potential.to(device);
        Bijection?.to(device);
        End?.to(device);
    }

    private (ScalarType Type, Device Device) Placement() =>
        Potential.parameters().FirstOrDefault() is { } parameter ? (parameter.dtype, parameter.device) : (ScalarType.Float32, CPU);
}
