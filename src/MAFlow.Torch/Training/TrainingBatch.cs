namespace MAFlow.Torch.Training;

/// <summary>One batch of an optimiser step.</summary>
/// <param name="Objective">What is minimised.</param>
/// <param name="Batch">Points.</param>
/// <param name="Offset">Subtracted from the reported mean: E ln |det| of the preprocessing, in nats.</param>
/// <param name="Share">Share of the step, from 0 to 1.</param>
/// <param name="Rows">Points of the batch on all processes; this one has some of them.</param>
internal readonly record struct TrainingBatch(Objective Objective, ObjectiveBatch Batch, double Offset, double Share, long Rows);
