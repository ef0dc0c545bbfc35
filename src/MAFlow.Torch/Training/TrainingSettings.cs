namespace MAFlow.Torch.Training;

/// <summary>What every training shares, whatever its loss.</summary>
internal sealed record TrainingSettings(
    AdamOptions Optimizer,
    WarmupCosineSchedule Schedule,
    double MaxGradientNorm,
    double AverageDecay,
    TimeSpan? TimeLimit,
    int MaxRecoveries,
    string? CheckpointPath,
    ulong Seed)
{
    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Optimizer);
        ArgumentNullException.ThrowIfNull(Schedule);
        Optimizer.Validate();
        Schedule.Validate();
        TensorChecks.RequireOption(MaxGradientNorm, double.Epsilon, double.PositiveInfinity);
        TensorChecks.RequireOption(AverageDecay, 0, 1 - 1e-9);
        TensorChecks.RequireAtLeast(MaxRecoveries, 0);
        TensorChecks.RequireAtLeast(TimeLimit?.Ticks ?? 1, 1, nameof(TimeLimit));
    }
}
