using AnomalyScoring;
using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.AnomalyBenchmark;

/// <summary>One trained flow whose rows are ranked by each measure.</summary>
internal sealed class FlowByMeasure(float[][] training, int seed, double seconds, double trimmed) : IDisposable
{
    private const int ManyNeighbours = 10;
    private readonly MLContext _mlContext = new(seed);
    private readonly MongeAmpereFlowTransformer _model = new MLContext(seed).AnomalyDetection.Trainers
        .MongeAmpereFlow(new()
        {
            MaxSeconds = seconds, TrainingContamination = trimmed, Neighbours = trimmed > 0 ? ManyNeighbours : new MongeAmpereFlowTrainer.Options().Neighbours,
        }).Fit(FeatureRow.View(new MLContext(seed), training));

    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<AnomalyMeasure>().Select(name => $"flow: {name}")];

    public double[] Score(string method, float[][] rows)
    {
        var measure = Enum.Parse<AnomalyMeasure>(method[(method.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        var combined = _model.Ranking!;
        using var ranked = measure == AnomalyMeasure.Combined ? _model.WithThreshold(0) : _model.RankedBy(measure, measure switch
        {
            AnomalyMeasure.Density => null,
            AnomalyMeasure.Neighbours => combined with { Codes = null, Curves = [] },
            _ => combined with { Rows = null, Curves = [] },
        });
        return [.. ranked.Transform(FeatureRow.View(_mlContext, rows)).GetColumn<float>("Score").Select(score => (double)score)];
    }

    public void Dispose() => _model.Dispose();
}
