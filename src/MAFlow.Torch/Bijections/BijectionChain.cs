using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Bijections one after the other: F = F_K ∘ … ∘ F₁, ln |det| the sum of theirs.</summary>
/// <remarks>
/// Before a density model it is preprocessing: rows are then converted to float64 on the CPU where they enter, whatever their type and
/// place.
/// </remarks>
public sealed class BijectionChain : Bijection
{
    internal const string KindName = "chain";

    // The copies that a bijection makes on its way are of a block, not of the whole table.
    private const long RowsPerBlock = 16_384;
    private const long LargestNarrowTable = 1_024;
    private const long NumbersPerWideBlock = 1L << 21;

    /// <summary>Joins bijections, which are disposed with the chain.</summary>
    /// <param name="bijections">In the order in which data meets them; none for the identity.</param>
    /// <exception cref="ArgumentException">They have different numbers of coordinates, or one is null or listed twice.</exception>
    public BijectionChain(params IReadOnlyList<Bijection> bijections)
        : base(KindName, SharedDimension(bijections))
    {
        Bijections = [.. bijections];
        for (var k = 0; k < Bijections.Count; k++)
        {
            register_module($"bijection{k}", Bijections[k]);
        }
    }

    /// <summary>The bijections in the order in which data meets them.</summary>
    public IReadOnlyList<Bijection> Bijections { get; }

    /// <summary>Whether rows are converted to float64 on the CPU where they enter, from either side.</summary>
    internal bool IsPreprocessing { get; set; }

    /// <summary>Fits one bijection after the other, each to the data as the previous ones left it.</summary>
    /// <param name="fits">What to fit; empty for the identity.</param>
    /// <param name="data">Rows [rows, N] in their original units.</param>
    /// <param name="generator">
    /// Source of dequantisation noise, and of the sample of rows that some fits look at. Equal seeds give equal fits.
    /// </param>
    /// <exception cref="ArgumentException">The data does not suit a fit.</exception>
    public static BijectionChain Fit(IEnumerable<BijectionFit> fits, Tensor data, Generator generator) =>
        Fit(fits, data, generator, default);

    /// <summary>The same, for somebody who does not wait for ever.</summary>
    internal static BijectionChain Fit(IEnumerable<BijectionFit> fits, Tensor data, Generator generator, FitLimits limits)
    {
        ArgumentNullException.ThrowIfNull(fits);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(generator);
        TensorChecks.RequirePoints(data, data.dim() == 2 ? data.shape[1] : -1);
        TensorChecks.RequireFinite(data, "the data");
        using var scope = NewDisposeScope();
        using var sample = RowSample.Draw(data.shape[0], generator);
        var fitted = new List<Bijection>();
        try
        {
            var current = data.to(float64, CPU).alias();
            foreach (var fit in fits)
            {
                if (fitted.Count > 0)
                {
                    using var before = current;
                    current = InBlocks(fitted[^1], before, generator, limits);
                }

                limits.Check();
                fitted.Add(fit.Fit(current, sample, limits));
            }

            return new(fitted) { IsPreprocessing = true };
        }
        catch
        {
            fitted.ForEach(bijection => bijection.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Values outside the range that a bijection was declared for.</exception>
    protected internal override Mapped MapForward(Tensor x, Generator? generator) =>
        Through(x, Bijections, (bijection, points) => bijection.Forward(points, generator));

    /// <inheritdoc/>
    protected internal override Mapped MapInverse(Tensor y) =>
        Through(y, Bijections.Reverse(), (bijection, points) => bijection.Inverse(points));

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).WithChildren("bijections", Bijections.Select(bijection => bijection.Store()));

    internal static BijectionChain Restore(StoredComponent stored) => new(stored.Children<Bijection>("bijections"));

    internal override Tensor? InputScale() =>
        Bijections.Count > 0 && AffineTail().Count == Bijections.Count ? Bijections[0].InputScale() : null;

    internal override Tensor PullBack(Tensor directions)
    {
        using var scope = NewDisposeScope();
        return AffineTail().Aggregate(directions.alias(), (current, bijection) => bijection.PullBack(current)).MoveToOuterDisposeScope();
    }

    /// <summary>The affine bijections after the last one that is not.</summary>
    internal IReadOnlyList<Bijection> AffineTail()
    {
        using var scope = NewDisposeScope();
        return [.. Bijections.Reverse().TakeWhile(bijection => bijection.InputScale() is not null).Reverse()];
    }

    /// <summary>Whole numbers may enter, and each bijection checks what it is given.</summary>
    private protected override void RequireOwn(Tensor points)
    {
    }

    /// <summary>Forward, where rows outside of the range of a bijection cost themselves alone.</summary>
    /// <param name="x">Points [B, N], finite.</param>
    /// <returns>y, ln |det ∂y/∂x|, and which rows are outside, shape [B]; what stands for y in these rows means nothing. Null where every
    /// row is inside.</returns>
    internal (Mapped Mapped, Tensor? Outside) ForwardInside(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor? outside = null;
        var mapped = Through(x, Bijections, (bijection, points) =>
        {
            if (bijection.Outside(points) is { } more && more.any().item<bool>())
            {
                outside = (outside is null ? more : outside.logical_or(more)).MoveToOuterDisposeScope();
                points = points.MaskedFill(more.unsqueeze(1), bijection.InsideValue);
            }

            return bijection.Forward(points);
        });
        return (mapped.MoveToOuterDisposeScope(), outside?.MoveToOuterDisposeScope());
    }

    private Mapped Through(Tensor start, IEnumerable<Bijection> order, Func<Bijection, Tensor, Mapped> map)
    {
        using var scope = NewDisposeScope();
        var points = (IsPreprocessing ? start.to(float64, CPU) : start).alias();
        var logDeterminant = zeros(start.shape[0], points.dtype, points.device);
        foreach (var bijection in order)
        {
            var (next, change) = map(bijection, points);
            (points, logDeterminant) = (next, logDeterminant.Add(change));
        }

        return new Mapped(points, logDeterminant).MoveToOuterDisposeScope();
    }

    private static Tensor InBlocks(Bijection bijection, Tensor points, Generator generator, FitLimits limits)
    {
        using var _ = no_grad();
        var rows = points.shape[0];
        var most = points.shape[1] <= LargestNarrowTable ? RowsPerBlock : Math.Max(1, NumbersPerWideBlock / points.shape[1]);
        var result = empty_like(points);
        for (var start = 0L; start < rows; start += most)
        {
            limits.Check();
            using var scope = NewDisposeScope();
            var length = Math.Min(most, rows - start);
            result.narrow(0, start, length).copy_(bijection.Forward(points.narrow(0, start, length), generator).Points);
        }

        return result;
    }

    private static long? SharedDimension(IReadOnlyList<Bijection> bijections)
    {
        ArgumentNullException.ThrowIfNull(bijections);
        if (bijections.Any(bijection => bijection is null) || bijections.Distinct().Count() != bijections.Count)
        {
            throw new ArgumentException("Expected different bijections, got one that is null or listed twice.", nameof(bijections));
        }

        var dimensions = bijections.Select(bijection => bijection.Dimension).OfType<long>().Distinct().ToList();
        return dimensions.Count <= 1
            ? dimensions.Cast<long?>().FirstOrDefault()
            : throw new ArgumentException(
                $"Expected bijections of one number of coordinates, got {string.Join(", ", dimensions)}.", nameof(bijections));
    }
}
