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

    /// <summary>A sentence about anything unusual that fitting did, or null.</summary>
    public virtual string? Remark => null;

    /// <summary>Number of coordinates N; null where any number will do.</summary>
    internal long? Dimension { get; }

    /// <summary>Towards the latent side: y = F(x).</summary>
    /// <param name="x">Points [B, N] on the side of the data.</param>
    /// <param name="generator">
    /// Source of noise in training; null for the deterministic rule of scoring. Only dequantisation and smoothing read it.
    /// </param>
    /// <returns>y [B, N] and ln |det ∂y/∂x| [B].</returns>
    public abstract Mapped Forward(Tensor x, Generator? generator = null);

    /// <summary>Towards the data: x = F⁻¹(y).</summary>
    /// <param name="y">Points [B, N] on the latent side.</param>
    /// <returns>x [B, N] and ln |det ∂x/∂y| [B].</returns>
    public abstract Mapped Inverse(Tensor y);

    /// <summary>
    /// What a file keeps of this bijection. A family of your own overrides it, and registers its reader with <see cref="Kinds"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">The family does not say how it is stored.</exception>
    protected internal virtual StoredComponent Store() => throw new NotSupportedException(
        $"Expected a bijection that can be stored, got {GetType().Name}; "
        + "override Bijection.Store, and register its reader with Kinds.Register.");

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
        var held = new FixedNumbers(value.detach().contiguous().clone().DetachFromDisposeScope());
        _held.Add(held);
        return held;
    }

    /// <summary>The points in float64, after checking their shape: near the ends of a logit, float32 has lost most of its digits.</summary>
    private protected Tensor Wide(Tensor points)
    {
        ArgumentNullException.ThrowIfNull(points);
        TensorChecks.RequirePoints(points, Dimension ?? (points.dim() == 2 ? points.shape[1] : -1));
        return points.to(float64);
    }

    /// <summary>The same number for each row.</summary>
    private protected static Tensor PerRow(Tensor number, Tensor points) => number.to(points.device).expand(points.shape[0]).clone();
}
