using MAFlow.Scoring.Onnx;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Scoring;

/// <summary>The columns of a scoring flow in a model that ML.NET's converter makes.</summary>
/// <param name="graph">The model.</param>
/// <param name="settings">Names, threshold and held-out scores.</param>
internal sealed class OnnxColumns(ConvertedGraph graph, FlowSettings settings)
{
    /// <summary>Writes the flow and all of its columns.</summary>
    /// <exception cref="NotSupportedException">The flow or a column cannot be written.</exception>
    public void Write(DensityScorer scorer)
    {
        var names = settings.Columns;
        if (names.Contributions is { } contributions)
        {
            throw new NotSupportedException(
                $"The column '{contributions}' of contributions cannot be exported to ONNX. Set the option that names it to null, "
                + "or score with ML.NET.");
        }

        var mapped = scorer.ToOnnx(graph.Column(names.Input));
        var logLikelihood = mapped.LogDeterminant.To(OnnxType.Single);
        var score = -logLikelihood;
        AddNumbers(names.Output, mapped.Rows.To(OnnxType.Single), scorer.Dimension);
        AddNumbers(names.LogLikelihood, logLikelihood, null);
        AddNumbers(names.Score, score, null);
        if (names.PredictedLabel is { } label)
        {
            graph.Add(label, BooleanDataViewType.Instance, score > settings.Threshold);
        }

        AddNumbers(names.PValue, names.PValue is null ? score : PValue(score, settings.HeldOut!), null);
    }

    private void AddNumbers(string? name, OnnxValue value, int? width)
    {
        if (name is not null)
        {
            var number = NumberDataViewType.Single;
            graph.Add(name, width is { } length ? new VectorDataViewType(number, length) : number, value);
        }
    }

    /// <summary>The search of <see cref="HeldOutRank"/>, with one step for each bit of the place.</summary>
    private OnnxValue PValue(OnnxValue score, float[] sorted)
    {
        var size = 1;
        while (size <= sorted.Length)
        {
            size *= 2;
        }

        // No score is higher than what fills the table up.
        var table = graph.Constant([.. sorted, .. Enumerable.Repeat(float.PositiveInfinity, size - sorted.Length)], size);
        var place = (score < double.NegativeInfinity).To(OnnxType.Int64);
        for (var stride = size / 2; stride > 0; stride /= 2)
        {
            var middle = graph.Node("Gather", OnnxType.Single, [table, place + (stride - 1)], ("axis", 0L));
            place += (middle < score).To(OnnxType.Int64) * stride;
        }

        var share = ((1.0 + sorted.Length) - place.To(OnnxType.Single)) / (1.0 + sorted.Length);
        return score.IsNaN().Choose(score, share);
    }
}
