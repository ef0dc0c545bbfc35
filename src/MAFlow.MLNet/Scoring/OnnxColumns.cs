using MAFlow.Scoring.Models;
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
    public void Write(RowScorer scorer)
    {
        var names = settings.Columns;
        if (names.Reasons is { } contributions)
        {
            throw new NotSupportedException(
                $"The column '{contributions}' of contributions cannot be exported to ONNX. Set the option that names it to null, "
                + "or score with ML.NET.");
        }

        var rows = graph.Column(names.Input);
        var mapped = scorer.ToOnnx(rows, names.Context is { } context ? graph.Column(context) : null);
        var logLikelihood = mapped.LogDeterminant.To(OnnxType.Single);
        // As a column of latent codes has them.
        var codes = mapped.Rows.To(OnnxType.Single);
        var score = settings.Ranking?.ToOnnx(rows, codes, logLikelihood) ?? -logLikelihood;
        AddNumbers(names.Output, codes, scorer.Dimension);
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

    /// <summary>The share of <see cref="HeldOutRank"/>.</summary>
    private static OnnxValue PValue(OnnxValue score, float[] sorted)
    {
        var share = ((1.0 + sorted.Length) - OnnxRank.Below(score, sorted).To(OnnxType.Single)) / (1.0 + sorted.Length);
        return score.IsNaN().Choose(score, share);
    }
}
