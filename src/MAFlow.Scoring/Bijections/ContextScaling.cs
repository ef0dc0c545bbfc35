namespace MAFlow.Scoring.Bijections;

/// <summary>Contexts in units of their spread, c = (x - m)/σ, cut at ten deviations and rounded to the type of the flow's
/// numbers.</summary>
internal sealed class ContextScaling
{
    public const string Kind = "context-scaling";
    private const double Limit = 10;
    private readonly double[] _mean;
    private readonly double[] _scale;
    private readonly bool _isWide;

    private ContextScaling(double[] mean, double[] scale, bool isWide) => (_mean, _scale, _isWide) = (mean, scale, isWide);

    /// <summary>Number of context features C.</summary>
    public int Dimension => _mean.Length;

    /// <param name="stored">Mean m and 1/σ of each context feature, which is 0 where it never changed.</param>
    /// <param name="isWide">Whether the flow computes in float64.</param>
    /// <exception cref="FormatException">The tensors are no scaling.</exception>
    public static ContextScaling Restore(StoredComponent stored, bool isWide)
    {
        var (mean, scale) = (Moments.Numbers(stored, "mean"), Moments.Numbers(stored, "scale"));
        return stored.Kind == Kind && scale.Length == mean.Length && Array.TrueForAll(scale, number => number >= 0)
            ? new(mean, scale, isWide)
            : throw new FormatException(
                "Expected a float64 mean and a scale of at least 0 for each context feature; the file is damaged.");
    }

    /// <summary>Scales the contexts of a block in place; a row whose context is missing or infinite has no answer.</summary>
    public void Apply(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var isFinite = true;
            var context = rows.Context(row);
            for (var k = 0; k < context.Length; k++)
            {
                isFinite &= double.IsFinite(context[k]);
                // What never changed has no effect, however far it is now.
                var scaled = _scale[k] == 0 ? 0 : Math.Clamp((context[k] - _mean[k]) * _scale[k], -Limit, Limit);
                context[k] = _isWide ? scaled : (float)scaled;
            }

            if (!isFinite)
            {
                context.Clear();
                rows.Exclude(row, double.NaN);
            }
        }
    }

    /// <summary>The same as nodes of a graph, of the flow's type; what is not finite becomes the mean.</summary>
    /// <param name="contexts">Contexts [B, C] of float64.</param>
    public OnnxValue ToOnnx(OnnxValue contexts)
    {
        var finite = contexts.IsFinite().Choose(contexts, 0);
        var scaled = ((finite - contexts.Row(_mean)) * contexts.Row(_scale)).Clamp(-Limit, Limit);
        return scaled.To(_isWide ? OnnxType.Double : OnnxType.Single);
    }
}
