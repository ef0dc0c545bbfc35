using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// An invertible map of R^N with its exact log-determinant. Before a flow it is preprocessing; behind a flow it shapes what the fluid has
/// made.
/// </summary>
/// <remarks>
/// Forward goes towards the latent side, as encoding does: y = F(x), ln p(x) = ln p(y) + ln |det ∂y/∂x|. Inverse goes towards the data.
/// What is trained is a Parameter in a field, registered by RegisterComponents at the end of the constructor, as in any TorchSharp module;
/// fixed tensors in fields are converted and moved with the parameters. A result may have another type than its argument: the caller
/// converts it.
/// </remarks>
public abstract class Bijection : nn.Module
{
    private readonly List<FixedNumbers> _held = [];

    /// <summary>Creates a bijection.</summary>
    /// <param name="kind">Name of the family in files.</param>
    /// <param name="dimension">Number of coordinates N, at least 1; null where any number will do.</param>
    /// <exception cref="ArgumentException">The kind is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    protected Bijection(string kind, long? dimension = null)
        : base(TorchRuntime.LoadedFor(kind))
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(kind);
        TensorChecks.RequireAtLeast(dimension ?? 1, 1, nameof(dimension));
        (Kind, Dimension) = (kind, dimension);
    }

    /// <summary>Name of the family in files.</summary>
    public string Kind { get; }

    /// <summary>What was unusual in fitting, as sentences; null where nothing was.</summary>
    /// <value>That of the bijections that are registered as modules of this one, unless a bijection says otherwise.</value>
    public virtual string? Remark =>
        string.Join(' ', children().OfType<Bijection>().Select(inner => inner.Remark).OfType<string>()) is { Length: > 0 } remarks
            ? remarks
            : null;

    /// <summary>Number of coordinates N; null where any number will do.</summary>
    internal long? Dimension { get; }

    /// <summary>Towards the latent side: y = F(x).</summary>
    /// <param name="x">Points [B, N] on the side of the data.</param>
    /// <param name="generator">
    /// Source of noise in training; null for the deterministic rule of scoring. Only dequantisation and smoothing read it.
    /// </param>
    /// <returns>y [B, N] and ln |det ∂y/∂x| [B].</returns>
    /// <exception cref="ArgumentException">The shape is wrong, or a value is outside the range that the bijection is made for.</exception>
    public Mapped Forward(Tensor x, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireOwn(x);
        return MapForward(x, generator);
    }

    /// <summary>Towards the data: x = F⁻¹(y).</summary>
    /// <param name="y">Points [B, N] on the latent side.</param>
    /// <returns>x [B, N] and ln |det ∂x/∂y| [B].</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Mapped Inverse(Tensor y)
    {
        ArgumentNullException.ThrowIfNull(y);
        RequireOwn(y);
        return MapInverse(y);
    }

    /// <summary>y = F(x) of each row, differentiable by x.</summary>
    /// <param name="x">Points [B, N] on the side of the data, of a checked shape.</param>
    /// <param name="generator">Source of noise in training; null for the deterministic rule of scoring.</param>
    /// <returns>y [B, N] and ln |det ∂y/∂x| [B].</returns>
    protected internal abstract Mapped MapForward(Tensor x, Generator? generator);

    /// <summary>x = F⁻¹(y) of each row, differentiable by y.</summary>
    /// <param name="y">Points [B, N] on the latent side, of a checked shape.</param>
    /// <returns>x [B, N] and ln |det ∂x/∂y| [B].</returns>
    protected internal abstract Mapped MapInverse(Tensor y);

    /// <summary>
    /// What a file keeps of this bijection. A family of your own overrides it, and registers its reader with <see cref="Kinds"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">The family does not say how it is stored.</exception>
    protected internal virtual StoredComponent Store() => throw new NotSupportedException(
        $"Expected a bijection that can be stored, got {GetType().Name}; "
        + "override Bijection.Store, and register its reader with Kinds.Register.");

    /// <summary>Which rows no data can be, because a value lies outside of the range that the bijection is made for, shape [B]; null where
    /// every row can.</summary>
    /// <param name="x">Points [B, N], finite.</param>
    internal virtual Tensor? Outside(Tensor x) => null;

    /// <summary>A value inside of that range, which stands in for those of a row outside.</summary>
    internal virtual double InsideValue => 0;

    /// <summary>The bijection for some of its rows; the same one where all rows share it.</summary>
    internal virtual Bijection OfRows(Tensor rows) => this;

    /// <summary>Standard deviation of each input coordinate where the map is affine, shape [N]; null where it is not.</summary>
    internal virtual Tensor? InputScale() => null;

    /// <summary>Rewrites directions on the input as directions on the output, w·x = w'·y + const; only for affine maps.</summary>
    /// <param name="directions">Shape [h, N].</param>
    internal virtual Tensor PullBack(Tensor directions) => directions.alias();

    /// <summary>Disposes parameters, buffers and fixed numbers.</summary>
    /// <param name="disposing">Whether Dispose was called.</param>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _held.ForEach(held => held.Dispose());
        }
    }

    /// <summary>A copy of fixed numbers that lives as long as the bijection and stays as precise, wherever parameters are moved.</summary>
    private protected FixedNumbers Hold(Tensor value)
    {
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        var held = new FixedNumbers(value.detach().contiguous().clone().DetachFromDisposeScope());
        _held.Add(held);
        return held;
    }

    /// <summary>Requires points of the shape and of a type that the bijection takes.</summary>
    private protected virtual void RequireOwn(Tensor points) =>
        TensorChecks.RequirePoints(points, Dimension ?? (points.dim() == 2 ? points.shape[1] : -1));

    /// <summary>The points in float64: near the ends of a logit, float32 has lost most of its digits.</summary>
    private protected static Tensor Wide(Tensor points) => points.to(float64);

    /// <summary>The same number for each row.</summary>
    private protected static Tensor PerRow(Tensor number, Tensor points) => number.to(points.device).expand(points.shape[0]).clone();
}
