namespace DigitsDensity;

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
