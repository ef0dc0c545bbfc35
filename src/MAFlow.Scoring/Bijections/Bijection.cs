namespace MAFlow.Scoring.Bijections;

/// <summary>An invertible map of R^N with its log-determinant, in float64. Forward goes from the data towards the latent side.</summary>
/// <param name="dimension">Number of coordinates N; null where any number will do.</param>
internal abstract class Bijection(int? dimension)
{
    /// <summary>Number of coordinates N; null where any number will do.</summary>
    public int? Dimension { get; } = dimension;

    /// <summary>Version of ONNX's operators that it needs.</summary>
    public virtual int OnnxOpset => OnnxGraph.CommonOpset;

    /// <summary>y = F(x); adds ln |det ∂y/∂x| to the rows' log-densities. A row outside of the support is excluded.</summary>
    public abstract void Forward(RowBlock rows);

    /// <summary>The same as nodes of a graph. A row outside of the support gets a log-determinant that is not finite.</summary>
    /// <param name="x">Rows [B, N] of float64.</param>
    /// <param name="dimension">N.</param>
    /// <exception cref="NotSupportedException">ONNX cannot express it.</exception>
    public abstract OnnxMapped ToOnnx(OnnxValue x, int dimension);

    /// <summary>x = F⁻¹(y).</summary>
    public abstract void Inverse(RowBlock rows);

    /// <summary>Takes a gradient by y back to one by x, and adds that of ln |det ∂y/∂x|.</summary>
    /// <param name="gradient">Gradients in place of points.</param>
    /// <param name="x">Points before the map, laid out as the gradients are.</param>
    /// <param name="y">Points behind it.</param>
    public abstract void PullBack(RowBlock gradient, ReadOnlySpan<double> x, ReadOnlySpan<double> y);
}
