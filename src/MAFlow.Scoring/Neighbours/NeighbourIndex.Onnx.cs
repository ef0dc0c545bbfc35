namespace MAFlow.Scoring.Neighbours;

internal sealed partial class NeighbourIndex
{
    /// <summary>The distances [B, 1] of rows [B, N] as nodes of a graph, of float64: MatMul and TopK find the nearest.</summary>
    public OnnxValue ToOnnx(OnnxValue rows)
    {
        var (graph, wide) = (rows.Graph, rows.To(OnnxType.Double));
        var centred = wide.IsFinite().Choose(wide, 0) - graph.Constant(Array.ConvertAll(Centre, value => (double)value), Dimension);
        var point = centred * graph.Constant(Array.ConvertAll(Scale, value => (double)value), Dimension);
        var references = graph.Constant(_coordinates, Count, Dimension);
        var transposed = graph.Node("Transpose", OnnxType.Double, [references], ("perm", new[] { 1L, 0L }));
        var order = graph.Constant(_squares[..Count], Count) - (point.Times(transposed) * 2);
        var nearest = graph.Node(
            "Gather", OnnxType.Double, [references, graph.PlacesOfSmallest(order, Neighbours)], ("axis", 0L));
        var difference = nearest - point.Reshape(-1, 1, Dimension);
        var distances = (difference * difference).Sum(2).Sqrt().Reshape(-1, Neighbours);
        var mean = (distances.Sum() / Neighbours).Min(float.MaxValue);
        var isMissing = wide.IsNaN().To(OnnxType.Double).Sum() > 0;
        var verdict = isMissing.Choose(wide.Number(double.NaN), double.PositiveInfinity);
        return (wide - wide).Sum().IsFinite().Choose(mean, verdict);
    }
}
