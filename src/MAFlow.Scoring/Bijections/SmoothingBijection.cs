namespace MAFlow.Scoring.Bijections;

/// <summary>Noise in training; scoring sees the rows as they are.</summary>
internal sealed class SmoothingBijection : Bijection
{
    public const string Kind = "smoothing";

    private SmoothingBijection(int dimension)
        : base(dimension)
    {
    }

    public static SmoothingBijection Restore(StoredComponent stored)
    {
        var (width, deviation) = (Moments.Numbers(stored, "width"), Moments.Numbers(stored, "deviation"));
        return width.Length == deviation.Length
            ? new(width.Length)
            : throw new FormatException(
                $"Expected one width and one deviation per feature in the stored {stored.Kind}; the file is damaged.");
    }

    public override void Forward(RowBlock rows)
    {
    }

    public override OnnxMapped ToOnnx(OnnxValue x, int dimension) => new(x, x.Number(0));

    public override void Inverse(RowBlock rows)
    {
    }

    public override void PullBack(RowBlock gradient, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
    }
}
