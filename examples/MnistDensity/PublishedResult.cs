namespace MnistDensity;

/// <summary>Table 1 of Zhang, E, Wang (2018): mean test NLL in nats per image, in logit space; its first three rows are quoted from table 2 of Papamakarios, Pavlakou, Murray (2017).</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Nats">Mean test NLL.</param>
/// <param name="Error">Two standard errors over the test images; for the paper's own row, two standard deviations over its last epochs.</param>
public sealed record PublishedResult(string Model, double Nats, double Error)
{
    public static IReadOnlyList<PublishedResult> Table1 { get; } =
    [
        new("MADE", 1380.8, 4.8),
        new("Real NVP", 1323.2, 6.6),
        new("MAF", 1300.5, 1.7),
        new("Monge-Ampère flow, paper", 1255.5, 2.0),
    ];
}
