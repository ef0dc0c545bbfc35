namespace ConditionalDensity.Methods;

/// <summary>What a method says of the test rows of a set.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Nll">Mean -ln p(label), in nats.</param>
/// <param name="RankedScore">Mean continuous ranked probability score, in units of the label.</param>
/// <param name="Coverage">Share of labels within the central interval of 90%.</param>
/// <param name="RSquared">Share of the variance that the mean explains.</param>
/// <param name="TrainSeconds">Seconds of training.</param>
/// <param name="Histogram">Rows with P(y ≤ label) in each of 20 equal bins.</param>
public sealed record MethodResult(
    string Method, double Nll, double RankedScore, double Coverage, double RSquared, double TrainSeconds, IReadOnlyList<int> Histogram);
