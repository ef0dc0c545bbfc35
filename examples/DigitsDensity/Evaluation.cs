using MAFlow.Examples;
using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

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
        MLContext mlContext, MongeAmpereFlowTransformer model, int depth, ITransformer loaded, DigitsData digits,
        GaussianBaseline full, GaussianBaseline diagonal)
    {
        var nll = Nll(mlContext, model, digits.Test);
        var reloaded = Nll(mlContext, loaded, digits.Test);
        return new()
        {
            Flow = NllSummary.Of(nll),
            FullGaussian = NllSummary.Of(full.Nll(digits.Test)),
            DiagonalGaussian = NllSummary.Of(diagonal.Nll(digits.Test)),
            ShuffledAuroc = Auroc(nll, Nll(mlContext, model, Corruption.ShufflePixels(digits.Test))),
            RotatedAuroc = Auroc(nll, Nll(mlContext, model, Corruption.Rotate(digits.Test))),
            RoundTripMaxError = ModelChecks.RoundTripMaxError(model.Model, digits.Test, depth),
            DepthCheckNats = ModelChecks.DepthCheck(model.Model, digits.Test, depth),
            ReloadMaxDifference = nll.Zip(reloaded, (a, b) => Math.Abs(a - b)).Max(),
        };
    }

    /// <summary>What <c>--report FILE</c> writes. All likelihoods are in nats per image of the original pixels, bin width 1.</summary>
    public object Report(long parameters, double trainSeconds, IReadOnlyList<string> files) => new
    {
        TestNllNats = Flow.Nats,
        TestNllStandardError = Flow.StandardError,
        Flow.BitsPerDimension,
        DiagonalGaussianNllNats = DiagonalGaussian.Nats,
        FullGaussianNllNats = FullGaussian.Nats,
        TrainSeconds = trainSeconds,
        Parameters = parameters,
        RoundTripMaxError,
        DepthCheckNats,
        ShuffledAuroc,
        RotatedAuroc,
        ReloadMaxDifference,
        Files = files,
    };

    private static double Auroc(double[] digits, double[] others) =>
        Ranking.Of([.. digits, .. others], [.. digits.Select(_ => false), .. others.Select(_ => true)]).Auroc;

    /// <summary>The model's Score column, which is -ln p.</summary>
    private static double[] Nll(MLContext mlContext, ITransformer model, IEnumerable<Digit> digits) =>
        [.. model.Transform(mlContext.Data.LoadFromEnumerable(digits)).GetColumn<float>("Score").Select(score => (double)score)];
}

/// <summary>Mean negative log-likelihood over some images, in nats of the original pixels (bin width 1), with its standard error.</summary>
public sealed record NllSummary(double Nats, double StandardError)
{
    /// <summary>Nats / (64 ln 2): bits per pixel.</summary>
    public double BitsPerDimension => Nats / (Digit.PixelCount * Math.Log(2));

    public static NllSummary Of(IReadOnlyCollection<double> nll)
    {
        double mean = nll.Average();
        double variance = nll.Sum(value => (value - mean) * (value - mean)) / (nll.Count - 1);
        return new NllSummary(mean, Math.Sqrt(variance / nll.Count));
    }
}

/// <summary>Two checks of the numerics of a fitted flow: is the integration fine enough, and does it invert.</summary>
public static class ModelChecks
{
    /// <summary>|mean NLL with d Runge-Kutta steps - with 2d|, in nats, where d is the depth of scoring.</summary>
    public static double DepthCheck(DensityModel model, IEnumerable<Digit> digits, int depth)
    {
        using var scope = NewDisposeScope();
        var x = digits.ToTensor();
        return Math.Abs(model.At(depth).LogProb(x).ToNumbers().Average() - model.At(2 * depth).LogProb(x).ToNumbers().Average());
    }

    /// <summary>max |decode(encode(y)) - y| over the standardised coordinates y that the flow works in.</summary>
    /// <remarks>In original units the check would be blunt: pixels are whole numbers, and decoding finds exactly the same ones.</remarks>
    public static double RoundTripMaxError(DensityModel model, IEnumerable<Digit> digits, int depth)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var y = model.Preprocessing.Forward(digits.ToTensor()).Points.to(ScalarType.Float32);
        var flow = model.Flow.At(depth);
        var back = flow.Decode(flow.Encode(y).Z).X;
        return back.to(y.device).sub(y).abs().max().to(ScalarType.Float64).item<double>();
    }
}

/// <summary>A Gaussian fitted to preprocessed training digits, as a density of the original pixels: what the flow has to beat.</summary>
/// <remarks>
/// A fitted whitening followed by a standard normal is that Gaussian. Dequantisation and logit are the flow's own, so all likelihoods
/// are in the same units: nats per image with bin width 1, all Jacobians included.
/// </remarks>
public sealed class GaussianBaseline : IDisposable
{
    private readonly BijectionChain _chain;

    private GaussianBaseline(BijectionChain chain) => _chain = chain;

    /// <param name="preprocessing">Dequantisation, logit, and last a <see cref="Standardization"/> for a diagonal covariance or an
    /// <see cref="AffineGaussianization"/> for a full one.</param>
    /// <param name="training">The digits to fit.</param>
    /// <param name="seed">Seed of the dequantisation noise while fitting.</param>
    public static GaussianBaseline Fit(IEnumerable<BijectionFit> preprocessing, IEnumerable<Digit> training, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        return new GaussianBaseline(BijectionChain.Fit(preprocessing, training.ToTensor(), generator));
    }

    /// <summary>Negative log-likelihood of each digit in nats.</summary>
    public double[] Nll(IEnumerable<Digit> digits)
    {
        using var scope = NewDisposeScope();
        var (y, logDeterminant) = _chain.Forward(digits.ToTensor());
        var normal = y.square().sum([1L]).mul(0.5).add(0.5 * y.shape[1] * Math.Log(2 * Math.PI));
        return normal.sub(logDeterminant).ToNumbers();
    }

    public void Dispose() => _chain.Dispose();
}
