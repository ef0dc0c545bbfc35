namespace MAFlow.Torch.Training;

/// <summary>A measurement of the variational free energy, in nats.</summary>
/// <param name="FreeEnergy">F = E[ln p + E], at depth <paramref name="Depth"/>.</param>
/// <param name="StandardError">Standard error of F.</param>
/// <param name="Deviation">Standard deviation of ln p + E; zero only if the flow is the target.</param>
/// <param name="Samples">Number of samples.</param>
/// <param name="Depth">Number d of Runge-Kutta steps.</param>
/// <param name="DepthCheck">F at depth 2d minus F at d, on the same latent codes.</param>
/// <param name="IsConverged">Whether that difference is within both tolerances; only then is F a bound.</param>
/// <param name="Dimension">Number of coordinates N.</param>
public sealed record FreeEnergyMeasurement(
    double FreeEnergy, double StandardError, double Deviation, long Samples, int Depth, double DepthCheck, bool IsConverged, long Dimension)
{
    /// <summary>The depth check per coordinate, which on a lattice is per site: [F(2d) - F(d)] / N in nats.</summary>
    public double DepthCheckPerCoordinate => DepthCheck / Dimension;
}

/// <summary>One point of the learning curve.</summary>
/// <param name="Step">Optimiser steps taken.</param>
/// <param name="Measurement">The averaged weights, measured.</param>
/// <param name="ElapsedSeconds">Time from the start of training.</param>
public sealed record VariationalRecord(long Step, FreeEnergyMeasurement Measurement, double ElapsedSeconds);

/// <summary>Where a variational training stands.</summary>
/// <param name="Step">Optimiser steps taken.</param>
/// <param name="Steps">Optimiser steps of a training that runs to its end.</param>
/// <param name="BatchFreeEnergy">Mean of ln p + βE over the last batch, in nats.</param>
/// <param name="BatchDeviation">Its standard deviation.</param>
/// <param name="InverseTemperature">β, below 1 while the energy is annealed.</param>
/// <param name="LearningRate">Rate of the last step.</param>
/// <param name="GradientNorm">Norm of the last gradient before clipping.</param>
/// <param name="Depth">Depth in use.</param>
/// <param name="LastRecord">The last measurement, or null before the first.</param>
/// <param name="IsMeasurement">Whether it was just taken.</param>
/// <param name="Elapsed">Time spent, earlier parts of a resumed training included.</param>
/// <param name="Remaining">Estimated time left.</param>
/// <param name="Remarks">One sentence per return to the last good state or refinement of the depth.</param>
public sealed record VariationalProgress(
    long Step,
    long Steps,
    double BatchFreeEnergy,
    double BatchDeviation,
    double InverseTemperature,
    double LearningRate,
    double GradientNorm,
    int Depth,
    VariationalRecord? LastRecord,
    bool IsMeasurement,
    TimeSpan Elapsed,
    TimeSpan Remaining,
    IReadOnlyList<string> Remarks);

/// <summary>What a variational training did.</summary>
/// <param name="Curve">Measurements during training.</param>
/// <param name="Final">The final measurement on fresh samples; null when no depth up to the largest allowed converges, so that no bound can be stated.</param>
/// <param name="Depth">Depth at which the flow is to be used.</param>
/// <param name="Steps">Optimiser steps taken.</param>
/// <param name="Remarks">One sentence per return to the last good state or refinement of the depth.</param>
/// <param name="StopReason">Why it ended.</param>
/// <param name="Elapsed">Time spent, earlier parts of a resumed training included.</param>
public sealed record VariationalReport(
    IReadOnlyList<VariationalRecord> Curve,
    FreeEnergyMeasurement? Final,
    int Depth,
    long Steps,
    IReadOnlyList<string> Remarks,
    StopReason StopReason,
    TimeSpan Elapsed);
