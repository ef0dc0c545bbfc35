using MAFlow.Scoring.Onnx;

namespace MAFlow.MLNet.Measures;

/// <summary>-ln S(s) of a measure s, in nats, where S is the share of ordinary rows that measure at least as high. Beyond the 90th
/// percentile q the tail is exponential: -ln S = ln 10 + (s - q)/mean excess.</summary>
internal sealed class SurvivalCurve
{
    private const double TailShare = 0.1;
    private readonly int _places;
    private readonly double _tailStart;
    private readonly double _tailScale;

    /// <param name="sorted">Measures of ordinary rows, finite and in ascending order; at least one.</param>
    /// <param name="weight">Factor of the curve in a sum.</param>
    public SurvivalCurve(float[] sorted, float weight)
    {
        (Sorted, Weight) = (sorted, weight);
        _places = Math.Min((int)((1 - TailShare) * sorted.Length), sorted.Length - 1);
        _tailStart = sorted[_places];
        var excess = sorted[_places..].Average(value => value - _tailStart);
        // Equal measures have no unit of their own.
        _tailScale = excess > 0 ? excess : 1;
    }

    /// <summary>Factor w of the curve in a sum.</summary>
    public float Weight { get; }

    /// <summary>What it was made of.</summary>
    public float[] Sorted { get; }

    /// <summary>-w ln S(s); NaN and ∞ stay what they are.</summary>
    public double Of(float measure) => Weight * (measure > _tailStart
        ? -Math.Log(TailShare) + ((measure - _tailStart) / _tailScale)
        : float.IsNaN(measure) ? measure : Body(HeldOutRank.Below(Sorted, measure)));

    /// <summary>The same as nodes of a graph.</summary>
    /// <param name="measure">Measures [B, 1] of float32.</param>
    public OnnxValue ToOnnx(OnnxValue measure)
    {
        var (graph, wide) = (measure.Graph, measure.To(OnnxType.Double));
        var table = graph.Constant([.. Enumerable.Range(0, Sorted.Length + 1).Select(Body)], Sorted.Length + 1);
        var body = graph.Node("Gather", OnnxType.Double, [table, OnnxRank.Below(measure, Sorted)], ("axis", 0L));
        var tail = ((wide - _tailStart) / _tailScale) - Math.Log(TailShare);
        return measure.IsNaN().Choose(wide, (wide > _tailStart).Choose(tail, body)) * Weight;
    }

    private double Body(int below) => -Math.Log(Math.Max(1 - ((double)below / Sorted.Length), TailShare));
}
