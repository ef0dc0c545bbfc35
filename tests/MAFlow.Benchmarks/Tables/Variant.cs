using System.Globalization;

namespace MAFlow.Benchmarks.Tables;

/// <summary>Changes of the defaults, as words: flow units=192 parts=8 depth=8 horizon=2 rate=1e-2 batch=128 average=0.998 decay=0.01 clip=100 final=0.01 start=None
/// preprocessing=0.</summary>
internal sealed class Variant
{
    private readonly Dictionary<string, string> _words;

    private Variant(Dictionary<string, string> words) => _words = words;

    /// <summary>Number of the preprocessing, or null for the choice by a contest.</summary>
    public int? Preprocessing => _words.TryGetValue("preprocessing", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public static Variant Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 && words[0] == "flow"
            ? new(words.Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]))
            : throw new ArgumentException($"Expected one of {string.Join("; ", TableMethods.All.Keys)}, or flow with changes, got {text}.");
    }

    public (DensityModelOptions Model, DensityTrainerOptions Training) Over((DensityModelOptions Model, DensityTrainerOptions Training) defaults)
    {
        var (model, training) = defaults;
        var parts = (int)Number("parts", model.Parts);
        return (
            model with
            {
                HiddenUnits = (int)Number("units", model.HiddenUnits),
                Parts = parts,
                DirectionLength = Number("length", model.DirectionLength),
                Flow = model.Flow with { Horizon = Number("horizon", model.Flow.Horizon), Depth = (int)Number("depth", Math.Max(parts, model.Flow.Depth)) },
            },
            training with
            {
                LearningRate = Number("rate", training.LearningRate),
                BatchSize = (int)Number("batch", training.BatchSize),
                AverageDecay = Number("average", training.AverageDecay),
                WeightDecay = Number("decay", training.WeightDecay),
                MaxGradientNorm = Number("clip", training.MaxGradientNorm),
                FinalLearningRateFraction = Number("final", training.FinalLearningRateFraction),
                Start = _words.TryGetValue("start", out var start) ? Enum.Parse<StartMode>(start) : training.Start,
            });
    }

    /// <summary>Preprocessings whose noise is the share "smooth" of a deviation.</summary>
    public IReadOnlyList<IReadOnlyList<BijectionFit>> Smoothed(IReadOnlyList<IReadOnlyList<BijectionFit>> candidates) => _words.ContainsKey("smooth")
        ? [.. candidates.Select(fits => (IReadOnlyList<BijectionFit>)[.. fits.Select(fit => fit is Smoothing ? new Smoothing(Number("smooth", 0)) : fit)])]
        : candidates;

    private double Number(string name, double otherwise) =>
        _words.TryGetValue(name, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
