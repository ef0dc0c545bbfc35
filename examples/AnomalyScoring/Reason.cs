namespace AnomalyScoring;

/// <summary>A feature that makes a row improbable.</summary>
/// <param name="Feature">Its name.</param>
/// <param name="Contribution">Nats that a standard deviation of it adds to -ln p.</param>
/// <param name="Value">What it is.</param>
/// <param name="Ordinary">What it would have to be, with the others, for the row to be ordinary.</param>
public sealed record Reason(string Feature, float Contribution, float Value, float Ordinary);
