namespace MAFlow.Torch.Training;

/// <summary>Minimises the variational free energy F = E[ln p(x) + E(x)] ≥ -ln Z over samples of the flow, or another objective of
/// samples.</summary>
/// <remarks>
/// Zhang, E, Wang (2018), equation 7. F - (-ln Z) is the Kullback-Leibler divergence of the flow from the target, and the spread of ln p +
/// E vanishes with it.
/// A depth guard compares F at d and 2d on the same latent codes, and doubles d where they disagree. Without it training would learn to
/// exploit a coarse integrator.
/// The same seed and options give identical weights, also when training is interrupted and resumed, unless time runs short.
/// </remarks>
public sealed class VariationalTrainer
{
    /// <summary>Creates a trainer.</summary>
    /// <param name="options">Options; defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public VariationalTrainer(VariationalTrainerOptions? options = null)
    {
        Options = (options ?? new()) with { };
        Options.Validate();
    }

    /// <summary>Options of every training by this trainer.</summary>
    internal VariationalTrainerOptions Options { get; }

    /// <summary>Trains a flow in place; it ends with its averaged weights, at the depth that the last measurement accepted.</summary>
    /// <param name="flow">Flow to train. Its depth is where the guard begins.</param>
    /// <param name="energy">Target.</param>
    /// <param name="progress">Told after each step and each measurement, on the calling thread.</param>
    /// <param name="cancellationToken">Stops training within one step.</param>
    /// <exception cref="ArgumentException">Flow and energy have different dimensions, the flow has a symmetry that the energy lacks, or it
    /// has no parameters.</exception>
    /// <exception cref="InvalidOperationException">The energy returned another shape than one number per row, NaN, or a tensor without
    /// gradient.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; the flow holds its averaged weights, and a checkpoint was
    /// written if there is a path.</exception>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    public TrainingReport Fit(
        MongeAmpereFlow flow, Energy energy, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(flow);
        ArgumentNullException.ThrowIfNull(energy);
        using var recording = GradientMode.LeaveInference();
        TargetChecks.RequireFit(flow, energy);
        if (flow.Depth > Options.MaxDepth)
        {
            throw new ArgumentException($"Expected a flow of depth at most MaxDepth = {Options.MaxDepth}, got {flow.Depth}; raise "
                + $"MaxDepth.", nameof(flow));
        }

        var agreement = new Agreement(Options.Collective, cancellationToken);
        using var loop = new TrainingLoop(new VariationalTask(flow, energy, Options, agreement), Options, progress);
        return loop.ToEnd();
    }
}
