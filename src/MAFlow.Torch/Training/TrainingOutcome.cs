namespace MAFlow.Torch.Training;

/// <summary>What is found out about the weights that a training keeps, once it has ended.</summary>
internal sealed record TrainingOutcome(
    StopReason StopReason, double? BestValidationNll, FreeEnergyMeasurement? FreeEnergy, double? DepthDifference, bool IsConverged,
    double? TransportCost = null);
