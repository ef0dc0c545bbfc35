using System.Text.Json.Serialization;

namespace MAFlow.Torch.Training;

/// <summary>What a start without simulation did; see <see cref="DensityTrainerOptions.Start"/>.</summary>
public sealed record StartReport
{
    [JsonConstructor]
    internal StartReport(double nllBefore, double? nllAfter, bool isKept, int depth, double seconds, string? remark) =>
        (NllBefore, NllAfter, IsKept, Depth, Seconds, Remark) = (nllBefore, nllAfter, isKept, depth, seconds, remark);

    /// <summary>Mean -ln p before it, in nats: of at most 2,048 validation rows, or without them of rows that it was not fitted
    /// to.</summary>
    public double NllBefore { get; }

    /// <summary>The same after it, at <see cref="Depth"/>; null where there is no finite one.</summary>
    public double? NllAfter { get; }

    /// <summary>Whether training goes on from it; if not, the weights are what they were.</summary>
    public bool IsKept { get; }

    /// <summary>Depth at which <see cref="NllAfter"/> is stated; it changes by no more than the tolerance at twice the depth, if the start
    /// is kept.</summary>
    public int Depth { get; }

    /// <summary>Seconds that it took.</summary>
    public double Seconds { get; }

    /// <summary>Why it did not help; null where it is kept.</summary>
    public string? Remark { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"NLL {NllBefore:F4} before, {NllAfter:F4} nats after ")
        + FormattableString.Invariant($"{Seconds:F1} s at depth {Depth}, ")
        + (IsKept ? "kept" : $"not kept: {Remark?.TrimEnd('.')}");
}
