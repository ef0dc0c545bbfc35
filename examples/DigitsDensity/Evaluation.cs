using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace DigitsDensity;

/// <summary>What the test digits say about the fitted model, in nats per image of the original pixels (bin width 1).</summary>
public sealed record Evaluation
{
    public required NllSummary Flow { get; init; }
    public required NllSummary FullGaussian { get; init; }
    public required NllSummary DiagonalGaussian { get; init; }

    /// <summary>How well the NLL tells digits from the same digits with shuffled pixels.</summary>
    public required double ShuffledAuroc { get; init; }

    /// <summary>How well the NLL tells digits from the same digits turned by 90 degrees.</summary>
    public required double RotatedAuroc { get; init; }

    public required double RoundTripMaxError { get; init; }
    public required double DepthCheckNats { get; init; }

    /// <summary>max |NLL from the model in memory - from the model loaded from its file|.</summary>
    public required double ReloadMaxDifference { get; init; }

    public static Evaluation Of(
        MLContext mlContext,
        MongeAmpereFlowTransformer model,
        int depth,
        ITransformer loaded,
        DigitsData digits,
        GaussianBaseline full,
        GaussianBaseline diagonal)
    {
        var nll = Nll(mlContext, model, digits.Test);
        var reloaded = Nll(mlContext, loaded, digits.Test);
        return new()
        {
            Flow = NllSummary.Of(nll),
            FullGaussian = NllSummary.Of(full.Nll(digits.Test)),
            DiagonalGaussian = NllSummary.Of(diagonal.Nll(digits.Test)),
            ShuffledAuroc = Auroc.Compute(nll, Nll(mlContext, model, Corruption.ShufflePixels(digits.Test))),
            RotatedAuroc = Auroc.Compute(nll, Nll(mlContext, model, Corruption.Rotate(digits.Test))),
            RoundTripMaxError = ModelChecks.RoundTripMaxError(model.Model, digits.Test, depth),
            DepthCheckNats = ModelChecks.DepthCheck(model.Model, digits.Test, depth),
            ReloadMaxDifference = nll.Zip(reloaded, (a, b) => Math.Abs(a - b)).Max(),
        };
    }

    /// <summary>The model's Score column, which is -ln p.</summary>
    private static double[] Nll(MLContext mlContext, ITransformer model, IEnumerable<Digit> digits) =>
        [.. model.Transform(mlContext.Data.LoadFromEnumerable(digits)).GetColumn<float>("Score").Select(score => (double)score)];
}
