namespace MAFlow.Scoring.Bijections;

/// <summary>The numbers of <see cref="Noise"/> as nodes: bit for bit those of a row's levels.</summary>
/// <remarks>Signed products and sums wrap around as unsigned ones do, and ONNX multiplies and adds signed ones alone.</remarks>
internal static class OnnxNoise
{
    /// <summary>One number in (0, 1) for each level [B, N].</summary>
    public static OnnxValue Of(OnnxValue levels, int dimension)
    {
        var graph = levels.Graph;
        var bits = levels.To(OnnxType.Int64).To(OnnxType.UInt64);
        var state = graph.Constant([Noise.Seed], 1, 1);
        for (var feature = 0; feature < dimension; feature++)
        {
            OnnxValue[] inputs = [bits, graph.Constant([(long)feature], 1)];
            var own = graph.Node("Gather", OnnxType.UInt64, inputs, ("axis", 1L));
            state = Plus(Mix(state.Node("BitwiseXor", own)), graph.Constant([unchecked((long)Noise.Increment)], 1));
        }

        long[] steps = [.. Enumerable.Range(1, dimension).Select(feature => unchecked((long)((ulong)feature * Noise.Increment)))];
        var upper = Shifted(Mix(Plus(state, graph.Constant(steps, 1, dimension))), 11);
        return (upper.To(OnnxType.Double) + 0.5) * (1.0 / (1UL << 53));
    }

    private static OnnxValue Mix(OnnxValue z)
    {
        z = Times(z.Node("BitwiseXor", Shifted(z, 30)), Noise.FirstFactor);
        z = Times(z.Node("BitwiseXor", Shifted(z, 27)), Noise.SecondFactor);
        return z.Node("BitwiseXor", Shifted(z, 31));
    }

    private static OnnxValue Shifted(OnnxValue z, ulong bits) =>
        z.Graph.Node("BitShift", OnnxType.UInt64, [z, z.Graph.Constant([bits], 1)], ("direction", "RIGHT"));

    private static OnnxValue Times(OnnxValue z, ulong factor) =>
        (z.To(OnnxType.Int64) * z.Graph.Constant([unchecked((long)factor)], 1)).To(OnnxType.UInt64);

    private static OnnxValue Plus(OnnxValue z, OnnxValue term) => (z.To(OnnxType.Int64) + term).To(OnnxType.UInt64);
}
