using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="HistogramGaussianization"/>.</summary>
internal sealed class HistogramBijection : Bijection
{
    public const int MaxBins = 1 << 16;

    // Beyond this no double lies between F and 1, and y would be infinite.
    private const double Edge = 1e-15;
    private readonly FixedNumbers _probability;
    private readonly FixedNumbers _below;

    /// <param name="probability">Of each feature's bins, shape [N, bins], float64.</param>
    public HistogramBijection(Tensor probability)
        : base(HistogramGaussianization.Kind, probability.shape[0])
    {
        using var scope = NewDisposeScope();
        (_probability, _below) = (Hold(probability), Hold(probability.cumsum(1).sub(probability)));
    }

    private long Bins => _probability.Value.shape[1];

    public static HistogramBijection Restore(StoredComponent stored)
    {
        using var scope = NewDisposeScope();
        var probability = stored.Tensor("probability");
        return probability.dtype == ScalarType.Float64 && probability.dim() == 2
            && probability.shape[0] > 0 && probability.shape[1] is >= 2 and <= MaxBins
            && probability.Gt(0).all().item<bool>() && probability.sum([1L]).Sub(1).abs().max().Le(1e-6).item<bool>()
            ? new(probability)
            : throw new FormatException(
                $"Expected positive float64 probabilities [N, bins] that sum to 1 in the stored {stored.Kind}; the file is damaged.");
    }

    /// <summary>Index of the bin of each value, shape [B, N].</summary>
    public static Tensor BinOf(Tensor x, long bins)
    {
        using var scope = NewDisposeScope();
        return x.detach().Mul(bins).floor().Clamp(0, bins - 1).to(int64).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(x);
        UnitInterval.Require(wide, "the histograms", "them");
        var bin = BinOf(wide, Bins);
        var (mass, start) = Of(bin);
        var y = NormalQuantile(start.Add(mass.mul(wide.Mul(Bins).sub(bin))));
        return new Mapped(y, LogSlope(mass, y)).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(y);
        var share = wide.Div(-Math.Sqrt(2)).erfc().Mul(0.5);
        var bin = searchsorted(_below.At(y), share.detach().t().contiguous(), right: true).Sub(1).Clamp(0, Bins - 1).t();
        var (mass, start) = Of(bin);
        var x = share.sub(start).div(mass).Clamp(0, 1).Add(bin).Div(Bins);
        return new Mapped(x, LogSlope(mass, wide).neg()).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind).WithTensor("probability", _probability.Value);

    /// <summary>Probability of a bin, and of all below it.</summary>
    private (Tensor Mass, Tensor Start) Of(Tensor bin) =>
        (_probability.At(bin).t().gather(0, bin), _below.At(bin).t().gather(0, bin));

    /// <summary>Σ ln dy/dx, shape [B].</summary>
    private Tensor LogSlope(Tensor mass, Tensor y) =>
        mass.log().Add(y.Square().Mul(0.5)).sum([1L]).Add(y.shape[1] * (Math.Log(Bins) + (0.5 * Math.Log(2 * Math.PI))));

    private static Tensor NormalQuantile(Tensor share)
    {
        using var scope = NewDisposeScope();
        return share.Clamp(Edge, 1 - Edge).Mul(2).Sub(1).erfinv().Mul(Math.Sqrt(2)).MoveToOuterDisposeScope();
    }
}
